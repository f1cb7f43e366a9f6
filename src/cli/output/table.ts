import { beginning, clean } from './clean.ts'
import type { Colours } from './colours.ts'
import type { Column } from './column.ts'
import { type Cell, type Drawing, drawRow, drawTable } from './draw.ts'
import type { Encoder } from './encoder.ts'
import { fit } from './fit.ts'
import { WIDEST, width } from './width.ts'

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
    const shown = clean(text(item, now)) || '-'
    return { text: at === 0 ? beginning(shown) : shown, tone: tone?.(item), align }
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
