// What Go's time.UnmarshalJSON lets through: RFC 3339, and with it an hour of one digit, a comma before the
// fraction, and offsets of up to 24:60.
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-]\d\d):(\d\d))$/

const ZERO_TEXT = '0001-01-01T00:00:00Z'

/** Go's zero time, its way to say "not set", in milliseconds since 1970. */
export const GO_ZERO_TIME = Date.parse(ZERO_TEXT)

/** Date.UTC takes years below 100 for those of the last century; the calendar repeats itself after 400 years. */
const CYCLE = { years: 400, milliseconds: 146_097 * 86_400_000 }

/** Milliseconds since 1970 of a time as Go reads it from JSON (finer parts cut off); undefined where Go refuses it. */
export function parseGoTime(text: string): number | undefined {
  if (text === ZERO_TEXT) return GO_ZERO_TIME
  const match = RFC3339.exec(text)
  if (!match) return undefined
  const year = Number(match[1]) + CYCLE.years
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  const offset = match[8] === undefined ? 0 : offsetMinutes(match[8], Number(match[9]))
  const inRange = isDay(year, month, day) && hour <= 23 && minute <= 59 && second <= 59
  if (!inRange || offset === undefined) return undefined
  const fraction = match[7] === undefined ? 0 : Number(match[7].slice(0, 3).padEnd(3, '0'))
  return Date.UTC(year, month - 1, day, hour, minute - offset, second, fraction) - CYCLE.milliseconds
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  return day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function offsetMinutes(hours: string, minutes: number): number | undefined {
  if (minutes > 60 || Math.abs(Number(hours)) > 24) return undefined
  return Number(hours) * 60 + (hours.startsWith('-') ? -minutes : minutes)
}

/** A time in milliseconds since 1970 as Go writes it into JSON: RFC 3339 in UTC, a fraction without trailing zeros. */
export function formatGoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0+Z$/, 'Z')
}

/** A span as Go prints a duration: `0s`, `12ms`, `59.5s`, `1m0s`, `3h25m10.004s`. Milliseconds in; below zero is zero. */
export function formatGoDuration(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds))
  if (whole > 0 && whole < 1000) return `${whole}ms`
  const seconds = Math.floor(whole / 1000)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = `${(whole % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}
