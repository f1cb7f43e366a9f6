import { anyOf } from '../../model/signals.ts'
import { STATUSES } from '../../model/status.ts'
import { byCode } from '../../reports/fold.ts'
import { instanceItem } from '../../reports/instances.ts'
import type { Context } from '../command.ts'
import type { Size, Terminal } from '../screen/terminal.ts'
import { type Colours, createColours } from '../output/colours.ts'
import { type TableOf, chooseColumns, sorter } from '../output/columns.ts'
import { allInstancesTable, hostsTable, instancesTable, servicesTable } from '../output/instances.ts'
import type { OutputOptions } from '../output/options.ts'
import { summaryLines } from '../output/summary.ts'
import { tableLines } from '../output/table.ts'
import { grouped } from '../../model/count.ts'
import { clean } from '../output/text.ts'
import { type Listing, clientFor } from '../select/listing.ts'
import { watchOptions } from '../select/watched-events.ts'
import { LivePicture } from './picture.ts'
import { missing } from './rows.ts'
import { Display } from '../screen/display.ts'
import { cutStyled } from '../screen/styled.ts'

/** Milliseconds between two frames while nothing happens: ages and the time of day go on. */
const TICK = 1_000

/** What the rows of a list are. */
export type ListRows = 'services' | 'instances' | 'hosts'

interface Kept {
  readonly listing: Listing
  readonly rows: ListRows
  readonly output: OutputOptions
}

/** `ls -w` on a terminal: the list, kept current and fitted to the screen, until the user quits. @throws what ended the watch, and what a signal ends a command with */
export async function keepList(context: Context, terminal: Terminal, { listing, rows, output }: Kept): Promise<void> {
  const client = await clientFor(context, listing)
  const colours = await createColours(context.io, context.globals.color)
  const list = await listOf(context, { listing, rows, output })
  const quit = new AbortController()
  const signal = anyOf(context.signal, quit.signal)
  const picture = new LivePicture()
  const lines = (size: Size) => pictureLines(picture, list(picture), { size, colours, now: context.now() })
  await using display = new Display(context.io, terminal, {
    lines,
    onKey(key) {
      if (key.is === 'ctrl-c') display.interrupt()
      if (key.is === 'text' && key.text === 'q') quit.abort()
    },
  })
  const ticking = setInterval(() => display.screen.refresh(), TICK)
  const watching = async () => {
    for await (const event of client.watch(listing.scope, {
      ...watchOptions(context, listing, { renewals: false }),
      signal,
    })) {
      picture.take(event, context.now())
      display.screen.refresh()
    }
  }
  try {
    await Promise.race([watching(), display.ended])
  } finally {
    clearInterval(ticking)
    quit.abort()
  }
  context.signal.throwIfAborted()
}

/** What is listed: the rows, how to draw some of them, and how many of the others are up. */
interface List {
  readonly count: number
  readonly draw: (
    first: number,
    limit: number,
    drawing: { readonly colours: Colours; readonly now: number },
  ) => string[]
  /** Of the rows behind the first ones, how many are not well. */
  readonly sickBehind: (first: number) => number
}

/** Makes the list of a picture, once for each of its versions. @throws RollcallError `usage` for flags that are not valid */
async function listOf(context: Context, { listing, rows, output }: Kept): Promise<(picture: LivePicture) => List> {
  const one = listing.scope.services?.length === 1
  if (rows === 'services') return await listed(context, output, 'ServiceList', servicesTable, servicesIn, missing)
  if (rows === 'hosts')
    return await listed(context, output, 'HostList', hostsTable, (picture) => picture.hosts(), missing)
  const table = one ? instancesTable : allInstancesTable
  return await listed(context, output, 'InstanceList', table, instancesIn, ({ status }) => STATUSES.indexOf(status))
}

function instancesIn(picture: LivePicture) {
  return Array.from(picture.instances(), (entry) => instanceItem(entry))
}

function servicesIn(picture: LivePicture) {
  const items = [...picture.services.values()].flatMap(({ item }) => item ?? [])
  return items.filter(({ instances }) => instances > 0)
}

async function listed<Item extends object>(
  context: Context,
  output: OutputOptions,
  kind: string,
  table: TableOf<Item>,
  itemsOf: (picture: LivePicture) => readonly Item[],
  sickness: (item: Item) => number,
): Promise<(picture: LivePicture) => List> {
  const columns = chooseColumns(table, { format: output.format, isTerminal: true }, output.columns)
  const sort = output.sortBy && (await sorter(kind, table, output.sortBy, context.now()))
  let last: { readonly version: number; readonly list: List } | undefined
  return (picture) => {
    if (last?.version === picture.version) return last.list
    const all = [...itemsOf(picture)].sort((a, b) => sickness(b) - sickness(a) || byCode(table.name(a), table.name(b)))
    const items = (sort?.(all) ?? all).slice(0, output.limit)
    const list: List = {
      count: items.length,
      draw: (first, limit, drawing) => {
        const seen = { seen: items.slice(0, first), sample: items.slice(first, first + SAMPLE) }
        const lines = tableLines(columns, seen, { limit: output.format === 'wide' ? undefined : limit, ...drawing })
        return output.headers ? lines : lines.slice(1)
      },
      sickBehind: (first) => items.slice(first).filter((item) => sickness(item) > 0).length,
    }
    last = { version: picture.version, list }
    return list
  }
}

/** Rows beside those that are seen that decide how wide columns are. */
const SAMPLE = 20

/** The header and as many rows as fit, what is left out in words, the summary, and the time. */
function pictureLines(
  picture: LivePicture,
  list: List,
  { size, colours, now }: { readonly size: Size; readonly colours: Colours; readonly now: number },
): string[] {
  const time = new Date(now).toTimeString().slice(0, 8)
  const below = [...summaryLines(picture.summary()), `${time}  q quits`].map((line) => colours('quiet', line))
  const lost = picture.away === undefined ? [] : [colours('bad', clean(`connection lost: ${picture.away}`))]
  const room = Math.max(0, size.rows - below.length - lost.length)
  const middle = picture.isComplete ? rowLines(list, room, size.columns, { colours, now }) : ['reading …']
  return [...middle.slice(0, room), ...lost, ...below].slice(-size.rows).map((line) => cutStyled(line, size.columns))
}

function rowLines(
  list: List,
  room: number,
  columns: number,
  drawing: { readonly colours: Colours; readonly now: number },
): string[] {
  const all = list.draw(Math.min(list.count, room), columns, drawing)
  const headers = all.length - Math.min(list.count, room)
  const most = Math.max(0, room - headers)
  if (list.count <= most) return all
  const first = Math.max(0, most - 1)
  const sick = list.sickBehind(first)
  const rest = sick === 0 ? 'all up' : `${grouped(sick)} not well`
  return [...all.slice(0, headers + first), `… ${grouped(list.count - first)} more, ${rest}`]
}
