import type { Column } from '../output/columns.ts'
import { grouped } from '../../model/count.ts'
import { type Html, html } from './html.ts'

/** The rows of one table of a report, of a longer list the part that it shows. */
export interface Rows<Item> {
  readonly items: readonly Item[]
  readonly all: number
  /** The command that shows all. */
  readonly command: string
  /** Pictures in the place of words, by the name of their column. */
  readonly drawn?: Readonly<Record<string, (item: Item) => Html>>
}

/** A table as the command line has it, in HTML; under it how many rows are not in it. `now`: milliseconds since 1970. */
export function table<Item>(
  columns: readonly Column<Item>[],
  { items, all, command, drawn }: Rows<Item>,
  now: number,
): Html {
  const shown = columns.filter(({ wide, onTerminal }) => !wide && !onTerminal)
  const head = shown.map(({ name, align }) => html`<th scope="col"${right(align)}>${title(name)}</th>`)
  const more = all - items.length
  return html`<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>
${items.map(
  (item) => html`<tr>${shown.map((column) => cell(column, item, { now, drawn: drawn?.[column.name] }))}</tr>
`,
)}</tbody></table></div>
${more > 0 ? html`<p class="soft">and ${grouped(more)} more: <code>${command}</code></p>` : undefined}`
}

interface CellOptions<Item> {
  readonly now: number
  readonly drawn: ((item: Item) => Html) | undefined
}

function cell<Item>({ text, tone, align }: Column<Item>, item: Item, { now, drawn }: CellOptions<Item>): Html {
  if (drawn) return html`<td>${drawn(item)}</td>`
  const words = text(item, now)
  const toned = tone?.(item)
  return html`<td${right(align)}>${toned && words ? html`<span class="${toned}">${words}</span>` : words || '–'}</td>`
}

function right(align: 'right' | undefined): Html | undefined {
  return align && html` class="right"`
}

/** `ENDPOINTS` as `Endpoints`. */
function title(name: string): string {
  return name.slice(0, 1) + name.slice(1).toLowerCase()
}
