import { type Cell, painted } from './cells.ts'
import type { Colours } from './colours.ts'
import type { Column } from './columns.ts'
import { wrapped } from './wrap.ts'
import { WIDEST, cut } from './width.ts'

const INDENT = '  '

/**
 * One item of a table as a block, for a terminal on which its columns would be cut: the columns up to the last that says which item
 * it is, or how it is, on the first line, whole, and each other that has something to say on lines of its own. A name that is longer than the
 * terminal is wide is left to the terminal to wrap, so that it can be copied.
 */
export function blockOf<Item>(
  columns: readonly Column<Item>[],
  cells: readonly Cell[],
  { limit, colours }: { readonly limit: number; readonly colours: Colours },
): string {
  const rest = columns.findLastIndex(({ identifies, tone }) => identifies || tone) + 1
  const heading = cells.slice(0, rest).map((cell) => painted(cut(cell.text, WIDEST), cell, colours))
  const said = cells.map(({ text }, at) => ({ text, label: columns[at]?.name.toLowerCase() ?? '' }))
  const labels = said.slice(rest).filter(({ text }) => text !== '-')
  const room = Math.max(0, ...labels.map(({ label }) => label.length))
  const lines = labels.flatMap(({ label, text }) => {
    const before = INDENT + label.padEnd(room) + INDENT
    return wrapped(text, limit - before.length).map((line, at) =>
      at === 0 ? INDENT + colours('quiet', label.padEnd(room)) + INDENT + line : ' '.repeat(before.length) + line,
    )
  })
  return [heading.join(INDENT), ...lines].map((line) => `${line}\n`).join('')
}
