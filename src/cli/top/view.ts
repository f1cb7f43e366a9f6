import type { InstanceEntry } from '../../model/reading.ts'
import type { Size } from '../screen/terminal.ts'
import type { Colours } from '../output/colours.ts'
import { statusCounts } from '../output/summary.ts'
import { amount, grouped } from '../../model/count.ts'
import { clean } from '../output/text.ts'
import { cutStyled, styledWidth } from '../screen/styled.ts'
import { type Dialog, dialogLines } from './dialog.ts'
import { keyLines } from './key-lines.ts'
import { eventLines, instanceLines, listLines } from './lines.ts'
import type { LivePicture } from './picture.ts'
import type { ScreenRow } from './rows.ts'
import { type State, currentOf, isList } from './state.ts'

/** All that a frame is made of. */
export interface ScreenFrame {
  readonly picture: LivePicture
  readonly state: State
  /** Of a list. */
  readonly rows: readonly ScreenRow[]
  /** Of one instance, while it is there. */
  readonly entry: InstanceEntry | undefined
  /** A change that is asked about, under way or done. */
  readonly dialog: Dialog | undefined
  readonly size: Size
  /** Context, registry and prefix. */
  readonly where: string
  readonly colours: Colours
  /** Milliseconds since 1970. */
  readonly now: number
}

/** How the rows of a screen are shared out. */
interface Layout {
  readonly above: readonly string[]
  readonly below: readonly string[]
  /** Rows between the two. */
  readonly room: number
}

/** What is seen, line by line: never more than the terminal has rows, and none wider than it. */
export function screenLines(frame: ScreenFrame): string[] {
  const { size, dialog } = frame
  const { above, below, room } = layoutOf(frame)
  const middle = dialog ? dialogLines(dialog, { ...size, rows: room }, frame.colours) : body(frame, room)
  const filled = [...middle.slice(0, room), ...Array.from({ length: Math.max(0, room - middle.length) }, () => '')]
  return [...above, ...filled, ...below].slice(0, size.rows).map((line) => cutStyled(line, size.columns))
}

/** How many rows there are for a list or a text, and of a text how many lines there are. */
export function measure(frame: ScreenFrame): { readonly page: number; readonly lines: number } {
  const { room } = layoutOf(frame)
  const { view } = currentOf(frame.state)
  return isList(view) ? { page: Math.max(1, room - 1), lines: 0 } : { page: room, lines: textOf(frame).length }
}

/** Where there are few rows, first the place goes, then the keys, then the counts. */
function layoutOf(frame: ScreenFrame): Layout {
  const { rows } = frame.size
  const above = [titleLine(frame), ...(rows >= 5 ? [countsLine(frame)] : []), ...(rows >= 9 ? [placeLine(frame)] : [])]
  const keys = rows >= 7 ? keyLines(frame.state, frame.dialog, frame.size.columns) : []
  const prompt = promptLine(frame)
  const below = [...(prompt === undefined ? [] : [prompt]), ...keys.map((line) => frame.colours('quiet', line))]
  const fixed = rows < 2 ? above.slice(0, rows) : above
  return { above: fixed, below, room: Math.max(0, rows - fixed.length - below.length) }
}

function titleLine({ where, size, colours, now }: ScreenFrame): string {
  const time = new Date(now).toTimeString().slice(0, 8)
  const title = cutStyled(`${colours('strong', 'rollcall top')}  ${clean(where)}`, Math.max(0, size.columns - 10))
  const gap = Math.max(2, size.columns - styledWidth(title) - time.length)
  return size.columns < 24 ? time : title + ' '.repeat(gap) + time
}

function countsLine({ picture, colours, now }: ScreenFrame): string {
  const { instances, statuses, malformed } = picture.summary()
  const services = amount(picture.countOfServices, 'service')
  const counts = [services, statusCounts({ instances, statuses })].join(', ')
  const broken = malformed === 0 ? [] : [colours('bad', `${grouped(malformed)} malformed`)]
  const rate = `${amount(picture.changes.perMinute(now), 'change')}/min`
  const line = [counts, ...broken, rate].join(' · ')
  if (picture.away !== undefined) return `${colours('bad', clean(`connection lost: ${picture.away}`))} · ${line}`
  return picture.isComplete ? line : `reading · ${line}`
}

/** Where the user is, how many rows there are, and what is left out of them. */
function placeLine({ state, rows, colours, entry }: ScreenFrame): string {
  const { view, filter } = currentOf(state)
  const what = colours('strong', clean(placeText(state)))
  const narrowed = [
    filter === '' || state.typing !== undefined ? '' : `filter ${clean(filter)}`,
    isList(view) && state.faults ? 'faults only' : '',
  ].filter(Boolean)
  const count = isList(view) ? [grouped(rows.length)] : []
  const gone = view.is === 'instance' && !entry ? [colours('bad', 'gone')] : []
  return [what, ...count, ...gone, ...narrowed].join(' · ')
}

function placeText(state: State): string {
  const { view } = currentOf(state)
  switch (view.is) {
    case 'services':
    case 'hosts':
      return view.is
    case 'service':
      return view.service === '' ? 'no service name' : view.service
    case 'host':
      return view.host
    case 'events':
      return view.service === undefined ? 'events' : `events of ${view.service}`
    default:
      return `${view.service}/${view.key.split('\0')[1] ?? ''}`
  }
}

/** A filter as it is typed, or a message. */
function promptLine({ state, colours }: ScreenFrame): string | undefined {
  if (state.typing !== undefined) return `/${clean(currentOf(state).filter)}${colours('chosen', ' ')}`
  return state.message === undefined ? undefined : colours('notice', clean(state.message))
}

function body(frame: ScreenFrame, room: number): string[] {
  const { picture, state, rows, size, colours, now } = frame
  const level = currentOf(state)
  const drawing = { columns: size.columns, colours, now }
  if (isList(level.view)) {
    if (rows.length > 0) return listLines(state, { level, view: level.view, rows }, { room, drawing })
    return [colours('quiet', emptyText(picture, state))]
  }
  return textOf(frame).slice(level.from, level.from + room)
}

function emptyText(picture: LivePicture, state: State): string {
  if (!picture.isComplete) return 'reading …'
  if (currentOf(state).filter !== '') return 'nothing fits the filter'
  return state.faults ? 'no faults' : 'nothing is here'
}

function textOf({ picture, state, entry, size, colours, now }: ScreenFrame): string[] {
  const { view, filter } = currentOf(state)
  if (view.is === 'events') return eventLines(picture, { service: view.service, filter, colours })
  return entry ? instanceLines(entry, { columns: size.columns, colours, now }) : []
}
