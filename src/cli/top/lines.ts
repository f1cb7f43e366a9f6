import type { InstanceEntry } from '../../model/reading.ts'
import { instanceItem } from '../../reports/instances.ts'
import { type Colours, colourless } from '../output/colours.ts'
import { eventLine } from '../output/events.ts'
import { renderInstance } from '../output/instances.ts'
import { tableLines } from '../output/table.ts'
import { wrapped } from '../output/wrap.ts'
import { cutStyled, styledWidth } from '../screen/styled.ts'
import { columnsOf } from './columns.ts'
import { type LivePicture, serviceOf } from './picture.ts'
import { type ScreenRow, fitting } from './rows.ts'
import { type Level, type ListView, type State, placeOf } from './state.ts'

/** What lines are made with. */
interface Drawing {
  readonly columns: number
  readonly colours: Colours
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Rows beside those that are seen that decide how wide columns are, so that they do not jump. */
const SAMPLE = 20
const [CHOSEN, NOT_CHOSEN] = ['> ', '  ']

/** The part of a list that is seen, with the chosen row in it, under the names of its columns. */
export function listLines(
  { wide, left }: Pick<State, 'wide' | 'left'>,
  { level, view, rows }: { readonly level: Level; readonly view: ListView; readonly rows: readonly ScreenRow[] },
  { room, drawing }: { readonly room: number; readonly drawing: Drawing },
): string[] {
  const { columns, colours, now } = drawing
  const place = placeOf(level, rows)
  const page = Math.max(0, room - 1)
  const first = firstSeen(place, page, rows.length)
  const seen = rows.slice(first, first + page)
  const all = columnsOf(view, { wide, room: columns })
  const shown = wide ? all.filter((_, at) => at === 0 || at > Math.min(left, all.length - 2)) : all
  const limit = wide ? undefined : Math.max(1, columns - NOT_CHOSEN.length)
  const [header = '', ...lines] = tableLines(shown, { seen, sample: rows.slice(0, SAMPLE) }, { limit, colours, now })
  const drawn = lines.map((line, at) => {
    if (first + at !== place) return cutStyled(NOT_CHOSEN + line, columns)
    const whole = cutStyled(CHOSEN + line, columns)
    return colours('chosen', whole + ' '.repeat(Math.max(0, columns - styledWidth(whole))))
  })
  return room < 1 ? [] : [cutStyled(NOT_CHOSEN + header, columns), ...drawn].slice(0, room)
}

/** The first row that is seen: the chosen one is in the middle, where there is enough before and behind it. */
function firstSeen(place: number, page: number, count: number): number {
  return Math.max(0, Math.min(place - Math.floor(page / 2), count - page))
}

/** Everything that is known of an instance; what is longer than a line goes on below its beginning. */
export function instanceLines(entry: InstanceEntry, { columns, colours, now }: Drawing): string[] {
  const text = renderInstance(instanceItem(entry, { detail: true }), now, colours)
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => (line.includes('\u001b') ? [line] : hanging(line, columns)))
}

/** The label of a value and the gap behind it, or the gap alone. */
const LABEL = /^(?:\S(?:.*?\S)??)?[ ]{2,}/

function hanging(line: string, columns: number): string[] {
  const [label = ''] = LABEL.exec(line) ?? []
  return wrapped(line.slice(label.length), columns - label.length).map(
    (part, at) => (at === 0 ? label : ' '.repeat(label.length)) + part,
  )
}

/** What happened, the newest first, a line each. */
export function eventLines(
  { events }: LivePicture,
  {
    service,
    filter,
    colours,
  }: { readonly service: string | undefined; readonly filter: string; readonly colours: Colours },
): string[] {
  const fits = fitting(filter)
  return events
    .toReversed()
    .filter(({ event }) => service === undefined || serviceOf(event) === service)
    .filter(({ event, at }) => fits(() => [eventLine(event, at, colourless)]))
    .map(({ event, at }) => eventLine(event, at, colours))
}
