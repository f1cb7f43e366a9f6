/** Hours of some days of the week in one time zone. */
export interface Hours {
  /** As written. */
  readonly text: string
  /** Of the week: 0 is Sunday. */
  readonly days: ReadonlySet<number>
  /** Minutes of the day; where `from` is the later one, they go on past midnight. */
  readonly from: number
  readonly to: number
  readonly zone: string
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const FORM = /^(?:(\S+)\s+)?(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)\s+(\S+)$/

/** Reads `Mon-Fri 09:00-18:00 Europe/Berlin`; without days every day is meant. Undefined for anything else. */
export function parseHours(text: string): Hours | undefined {
  const [, days = 'Mon-Sun', fromHour = '', fromMinute = '', toHour = '', toMinute = '', zone = ''] =
    FORM.exec(text.trim()) ?? []
  const [from, to] = [minutes(fromHour, fromMinute), minutes(toHour, toMinute)]
  const on = daysOf(days)
  if (from === undefined || to === undefined || from === to || !on || !isZone(zone)) return undefined
  return { text: text.trim(), days: on, from, to, zone }
}

/** Whether a time lies in the hours: from their first minute, up to their last one and without it. `time`: milliseconds since 1970. */
export function isWithin({ days, from, to, zone }: Hours, time: number): boolean {
  const { day, minute } = clockIn(zone, time)
  if (from < to) return days.has(day) && minute >= from && minute < to
  return (days.has(day) && minute >= from) || (days.has((day + 6) % 7) && minute < to)
}

function clockIn(zone: string, time: number): { day: number; minute: number } {
  const options = { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const parts = new Map(
    new Intl.DateTimeFormat('en-US', options).formatToParts(time).map(({ type, value }) => [type, value]),
  )
  const day = DAYS.indexOf(parts.get('weekday')?.toLowerCase() ?? '')
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

function minutes(hour: string, minute: string): number | undefined {
  const all = Number(hour) * 60 + Number(minute)
  return hour !== '' && Number(minute) < 60 && all <= 24 * 60 ? all : undefined
}

/** The days of `Mon-Fri` or `Mon,Wed,Fri`; a range may go past the end of the week. */
function daysOf(text: string): ReadonlySet<number> | undefined {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [first = -1, last = first, ...more] = part.split('-').map((word) => DAYS.indexOf(word.toLowerCase()))
    if (first < 0 || last < 0 || more.length > 0) return undefined
    for (let day = first; ; day = (day + 1) % 7) {
      found.add(day)
      if (day === last) break
    }
  }
  return found
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
