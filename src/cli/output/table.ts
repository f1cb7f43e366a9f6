import Table from 'cli-table3'
import type { Colours, Tone } from './colours.ts'
import type { Column, Encoder } from './columns.ts'
import { beginning, clean } from './text.ts'
import { WIDEST, cut, width } from './width.ts'

export interface TableOptions {
  readonly headers: boolean
  /** Columns of the terminal; undefined where nothing is cut. */
  readonly limit: number | undefined
  readonly colours: Colours
  /** Milliseconds since 1970. */
  readonly now: number
}

/** So many rows decide the widths, and are drawn at once. Those after them are drawn one by one, at the same widths. */
export const MEASURED_ROWS = 500

export function tableEncoder<Item>(columns: readonly Column<Item>[], options: TableOptions): Encoder<Item> {
  let collected: Cell[][] | undefined = []
  let drawing: Drawing | undefined
  const drawCollected = () => {
    const rows = collected ?? []
    collected = undefined
    if (rows.length === 0) return ''
    const titled = options.headers ? [headerOf(columns), ...rows] : rows
    drawing = drawingFor(titled, options)
    return drawTable(titled, drawing)
  }
  return {
    open: () => '',
    row(item) {
      const cells = cellsOf(columns, item, options.now)
      if (drawing) return drawRow(cells, drawing)
      collected?.push(cells)
      return collected?.length === MEASURED_ROWS ? drawCollected() : ''
    },
    close: () => (collected ? drawCollected() : ''),
  }
}

/** A whole table as text; empty when there are no items. */
export function renderTable<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  options: TableOptions,
): string {
  const encoder = tableEncoder(columns, options)
  return items.map((item) => encoder.row(item)).join('') + encoder.close({})
}

function headerOf<Item>(columns: readonly Column<Item>[]): Cell[] {
  return columns.map(({ name, align }) => ({ text: name, tone: 'strong', align }))
}

function cellsOf<Item>(columns: readonly Column<Item>[], item: Item, now: number): Cell[] {
  return columns.map(({ text, tone, align }, at) => {
    const cleaned = clean(text(item, now)) || '-'
    return { text: at === 0 ? beginning(cleaned) : cleaned, tone: tone?.(item), align }
  })
}

function drawingFor(rows: readonly (readonly Cell[])[], { limit, colours }: TableOptions): Drawing {
  const natural = (rows[0] ?? []).map((_, at) =>
    Math.min(
      WIDEST,
      rows.reduce((most, row) => Math.max(most, width(row[at]?.text ?? '')), 0),
    ),
  )
  return { widths: fit(natural, limit), cuts: limit !== undefined, colours }
}

export const GAP = '  '
/** Narrower than this a cell says nothing: rather a column is left out. */
const NARROWEST = 6

/**
 * The widths at which columns are shown, the widest made narrower first; fewer than were given when not even narrow
 * ones fit, the last left out first. Without a limit they stay as they are.
 */
export function fit(natural: readonly number[], limit: number | undefined): number[] {
  if (limit === undefined) return [...natural]
  const widths = natural.map((columns) => Math.min(columns, limit))
  while (widths.length > 1 && total(widths.map((columns) => Math.min(columns, NARROWEST))) > limit) widths.pop()
  for (let excess = total(widths) - limit; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = (widths[widest] ?? 1) - 1
  }
  return widths
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, columns) => sum + columns, GAP.length * (widths.length - 1))
}

/** A cell's text, cleaned, and how it is shown. */
export interface Cell {
  readonly text: string
  readonly tone?: Tone | undefined
  readonly align?: 'right' | undefined
}

export interface Drawing {
  readonly widths: readonly number[]
  /** Cells longer than their column are cut; otherwise the rest of their row moves right. */
  readonly cuts: boolean
  readonly colours: Colours
}

const BORDERS = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
])
const BORDERLESS = { ...Object.fromEntries(BORDERS.map((border) => [border, ''])), middle: GAP }
/** What cli-table3 measures as we do; it takes newer emoji for one column and combining marks for two. */
const MEASURED_ALIKE = /^[\x20-\x7e…×]*$/

/** cli-table3 takes a third of a millisecond a row, and more the more there are: a table that fills a screen, no longer one. */
const SCREENFUL = 40

/** Some rows, each with its line end. */
export function drawTable(rows: readonly (readonly Cell[])[], drawing: Drawing): string {
  if (rows.length > SCREENFUL || !rows.every((row) => row.every(isMeasuredAlike))) {
    return rows.map((row) => drawRow(row, drawing)).join('')
  }
  const table = new Table({
    chars: BORDERLESS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: [...drawing.widths],
  })
  for (const row of rows) {
    const cells = shown(row, drawing)
    table.push(cells.map(({ content, align }) => ({ content, hAlign: align ?? 'left' })))
  }
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

function isMeasuredAlike({ text }: Cell): boolean {
  return text.length <= WIDEST && MEASURED_ALIKE.test(text)
}

/** One row with its line end, for tables of any length. */
export function drawRow(row: readonly Cell[], drawing: Drawing): string {
  const cells = shown(row, drawing).map(({ content, align, room }) => {
    if (room <= 0) return content
    return align === 'right' ? ' '.repeat(room) + content : content + ' '.repeat(room)
  })
  return `${cells.join(GAP).trimEnd()}\n`
}

function shown(row: readonly Cell[], { widths, cuts, colours }: Drawing) {
  return widths.map((columns, at) => {
    const { text, tone, align } = row[at] ?? { text: '' }
    const fitting = cuts ? cut(text, columns) : text
    return { content: tone ? colours(tone, fitting) : fitting, align, room: columns - width(fitting) }
  })
}
