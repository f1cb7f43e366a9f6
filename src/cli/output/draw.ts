import Table from 'cli-table3'
import type { Colours, Tone } from './colours.ts'
import { GAP } from './fit.ts'
import { WIDEST, cut, width } from './width.ts'

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
