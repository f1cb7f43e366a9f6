import { RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'
import type { Tone } from './colours.ts'

/** One column of a table. */
export interface Column<Item> {
  /** Upper case; the csv header and `--columns` have it in lower case. */
  readonly name: string
  /** For people. Need not be clean. An empty text is shown as `-`. */
  readonly text: (item: Item, now: number) => string
  /** For machines, in csv and for sorting, where it is not the text: seconds, RFC 3339, numbers. */
  readonly data?: (item: Item, now: number) => string | number | undefined
  readonly tone?: (item: Item) => Tone | undefined
  /** Only in `wide`, csv and by name. */
  readonly wide?: boolean
  readonly align?: 'right'
}

/** A kind of list: its columns, and what `-o name` prints of an item. */
export interface TableOf<Item> {
  readonly columns: readonly Column<Item>[]
  name(item: Item): string
}

/** The columns that are shown: those named, else all for `wide` and csv, else all that are not wide. @throws RollcallError `usage` */
export function chooseColumns<Item>(
  { columns }: TableOf<Item>,
  format: string,
  named: readonly string[] | undefined,
): readonly Column<Item>[] {
  if (named) return named.map((name) => findColumn(columns, name))
  return format === 'table' ? columns.filter((column) => !column.wide) : columns
}

/** The value by which csv and `--sort-by` know a cell. */
export function dataOf<Item>(column: Column<Item>, item: Item, now: number): string | number | undefined {
  return column.data ? column.data(item, now) : column.text(item, now)
}

function findColumn<Item>(columns: readonly Column<Item>[], name: string): Column<Item> {
  const found = columns.find((column) => column.name === name.toUpperCase())
  if (found) return found
  const names = columns.map((column) => column.name.toLowerCase())
  throw new RollcallError('usage', `--columns: there is no column "${name}"`, {
    hint: didYouMean(name, names) ?? `one of ${names.join(', ')}`,
  })
}
