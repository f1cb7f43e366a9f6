import Table from 'cli-table3'
import { blockOf } from './blocks.ts'
import { type Cell, cellsOf, headerOf, painted } from './cells.ts'
import type { Colours } from './colours.ts'
import type { Column, Encoder } from './columns.ts'
import { type Fitted, GAP, fit } from './fit.ts'
import { WIDEST, cut, width } from './width.ts'

export interface TableOptions {
  readonly headers: boolean
  /** Columns of the terminal; undefined where nothing is cut. */
  readonly limit: number | undefined
  /** Where the columns need more than the terminal has, items are blocks. */
  readonly inBlocks?: boolean | undefined
  readonly colours: Colours
  /** Milliseconds since 1970. */
  readonly now: number
}

/** So many rows decide the widths, and are drawn at once. Those after them are drawn one by one, at the same widths. */
export const MEASURED_ROWS = 500

export function tableEncoder<Item>(columns: readonly Column<Item>[], options: TableOptions): Encoder<Item> {
  const { headers, limit, inBlocks = false, colours, now } = options
  let collected: Cell[][] | undefined = []
  let drawRest: ((cells: readonly Cell[]) => string) | undefined
  const drawCollected = () => {
    const rows = collected ?? []
    collected = undefined
    if (rows.length === 0) return ''
    const fittings = fittingsOf(columns, headers ? [headerOf(columns), ...rows] : rows, rows)
    const fitted = fit(fittings, limit)
    if (inBlocks && limit !== undefined && isTight(fitted, fittings)) {
      drawRest = (cells) => blockOf(columns, cells, { limit, colours })
      return rows.map(drawRest).join('')
    }
    const drawing = { shown: fitted, cuts: limit !== undefined, colours }
    drawRest = (cells) => drawRow(cells, drawing)
    return drawTable(headers ? [headerOf(columns), ...rows] : rows, drawing)
  }
  return {
    open: () => '',
    row(item) {
      const cells = cellsOf(columns, item, { now, colours })
      if (drawRest) return drawRest(cells)
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

/** The names of the columns and those rows as lines, for a picture that is drawn again and again. A sample decides with them how wide columns are. */
export function tableLines<Item>(
  columns: readonly Column<Item>[],
  { seen, sample }: { readonly seen: readonly Item[]; readonly sample: readonly Item[] },
  { limit, colours, now }: Pick<TableOptions, 'limit' | 'colours' | 'now'>,
): string[] {
  const header = headerOf(columns)
  const [rows, others] = [seen, sample].map((items) => items.map((item) => cellsOf(columns, item, { now, colours })))
  const measured = [...(rows ?? []), ...(others ?? [])]
  const drawing = { shown: fit(fittingsOf(columns, [header, ...measured], measured), limit), cuts: true, colours }
  return [header, ...(rows ?? [])].map((cells) => drawRow(cells, drawing).slice(0, -1))
}

function fittingsOf<Item>(columns: readonly Column<Item>[], measured: readonly Cell[][], rows: readonly Cell[][]) {
  return columns.map(({ identifies, tone, goesLast = false }, at) => ({
    natural: Math.min(
      WIDEST,
      measured.reduce((most, row) => Math.max(most, width(row[at]?.text ?? '')), 0),
    ),
    kind: identifies ? ('name' as const) : tone ? ('word' as const) : ('text' as const),
    goesLast,
    isEmpty: rows.every((row) => row[at]?.text === '-'),
  }))
}

/** Whether a column that has something to say is cut or left out. */
function isTight(fitted: readonly Fitted[], fittings: ReturnType<typeof fittingsOf>): boolean {
  return fittings.some(
    ({ natural, isEmpty }, at) => !isEmpty && (fitted.find((each) => each.at === at)?.width ?? 0) < natural,
  )
}

export interface Drawing {
  readonly shown: readonly Fitted[]
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

/** cli-table3 takes most of a millisecond a row in a program that has just started, and more the more there are. */
const SMALL = 10

/** Some rows, each with its line end. */
export function drawTable(rows: readonly (readonly Cell[])[], drawing: Drawing): string {
  if (rows.length > SMALL || !rows.every((row) => row.every(isMeasuredAlike))) {
    return rows.map((row) => drawRow(row, drawing)).join('')
  }
  const table = new Table({
    chars: BORDERLESS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: drawing.shown.map((each) => each.width),
  })
  for (const row of rows) {
    const cells = shownCells(row, drawing)
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
  const cells = shownCells(row, drawing).map(({ content, align, room }) => {
    if (room <= 0) return content
    return align === 'right' ? ' '.repeat(room) + content : content + ' '.repeat(room)
  })
  return `${cells.join(GAP).trimEnd()}\n`
}

function shownCells(row: readonly Cell[], { shown, cuts, colours }: Drawing) {
  return shown.map((column) => {
    const cell = row[column.at] ?? { text: '' }
    const fitting = cuts ? cut(cell.text, column.width) : cell.text
    return { content: painted(fitting, cell, colours), align: cell.align, room: column.width - width(fitting) }
  })
}
