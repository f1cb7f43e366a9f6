import { RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'
import type { Tone } from './colours.ts'
import type { OutputOptions } from './options.ts'

/** One column of a table. */
export interface Column<Item> {
  /** Upper case; the csv header and `--columns` have it in lower case. */
  readonly name: string
  /** For people. Need not be clean. An empty text is shown as `-`. */
  readonly text: (item: Item, now: number) => string
  /** For machines, in csv and for sorting, where it is not the text: seconds, RFC 3339, numbers. */
  readonly data?: (item: Item, now: number) => string | number | undefined
  /** A column of one word that people look for, so it is neither cut nor left out while another can be. */
  readonly tone?: (item: Item) => Tone | undefined
  /** Signs with a tone each, in the place of the text. */
  readonly marks?: (item: Item) => readonly StatusMark[]
  /** It says which item this is: cut last, and never left out. */
  readonly identifies?: boolean
  /** Left out after all other text. */
  readonly goesLast?: boolean
  /** Only in `wide`, csv and by name. */
  readonly wide?: boolean
  /** For the eye: only on a terminal and by name, and never in csv. */
  readonly onTerminal?: boolean
  readonly align?: 'right'
}

/** So many signs alike: squares where there are colours, and elsewhere the letter. */
export interface StatusMark {
  readonly letter: string
  readonly tone: Tone
  readonly times: number
}

/** A kind of list: its columns, and what `-o name` prints of an item. */
export interface TableOf<Item> {
  readonly columns: readonly Column<Item>[]
  /** Where a terminal is too narrow for all columns, each item is a block of lines. */
  readonly inBlocks?: boolean
  /** A column that there is for each name of a kind, such as `metadata.zone`. */
  columnFor?(name: string): Column<Item> | undefined
  name(item: Item): string
}

/** Where columns are shown. */
export interface ColumnPlace {
  readonly format: string
  readonly isTerminal: boolean
}

/**
 * The columns that are shown: those named, none of which is left out on a narrow terminal, else all for `wide` and csv, else all
 * that are not wide. @throws RollcallError `usage`
 */
export function chooseColumns<Item>(
  table: TableOf<Item>,
  { format, isTerminal }: ColumnPlace,
  named: readonly string[] | undefined,
): readonly Column<Item>[] {
  if (named) return named.map((name) => ({ ...findColumn(table, name), identifies: true }))
  const columns = table.columns.filter(({ onTerminal }) => !onTerminal || (isTerminal && format !== 'csv'))
  return format === 'table' ? columns.filter((column) => !column.wide) : columns
}

/** The value of a cell in csv and for `--sort-by`. */
export function dataOf<Item>(column: Column<Item>, item: Item, now: number): string | number | undefined {
  return column.data ? column.data(item, now) : column.text(item, now)
}

function columnOf<Item>(table: TableOf<Item>, name: string): Column<Item> | undefined {
  return table.columns.find((column) => column.name === name.toUpperCase()) ?? table.columnFor?.(name)
}

function findColumn<Item>(table: TableOf<Item>, name: string): Column<Item> {
  const { columns } = table
  const found = columnOf(table, name)
  if (found) return found
  const names = columns.map((column) => column.name.toLowerCase())
  throw new RollcallError('usage', `--columns: there is no column "${name}"`, {
    hint: didYouMean(name, names) ?? `one of ${names.join(', ')}`,
  })
}

/** Facts about a whole list, known once it has been read. */
export interface ListFacts {
  /** Milliseconds since 1970. */
  readonly asOf?: number
  readonly revision?: string | undefined
  readonly malformed?: number
  /** Keys of other programs. */
  readonly foreign?: number
  /** Further fields of the list, each documented in its schema. */
  readonly also?: Readonly<Record<string, unknown>>
}

/** What stands before and behind the `jsonLine` of an item. */
export type Frame = readonly [before: string, behind: string]

/** Turns items into text, one after the other. Any of the three may give an empty text. */
export interface Encoder<Item> {
  open(): string
  row(item: Item): string
  /** Where the format is made of `jsonLine`s: what frames the next one in its row. */
  readonly frame?: (() => Frame) | undefined
  close(facts: ListFacts): string
}

/** Returns what keeps of an item the fields that `--fields` names, in that order; a field that the item lacks stays absent. @throws RollcallError `usage` for a field that the kind does not have */
export async function chooseFields(
  kind: string,
  named: readonly string[] | undefined,
): Promise<(item: object) => object> {
  if (!named) return (item) => item
  const known = await fieldsOf(kind)
  for (const name of named) {
    if (known.includes(name)) continue
    throw new RollcallError('usage', `--fields: ${kind} has no field "${name}"`, {
      hint: didYouMean(name, known) ?? `one of ${known.join(', ')}`,
    })
  }
  return (item) => {
    const values = new Map(Object.entries(item))
    return Object.fromEntries(named.filter((name) => values.has(name)).map((name) => [name, values.get(name)]))
  }
}

type Key = string | number | undefined

/** Longest text compared: the collator takes time in the square of a run of combining marks. */
const COMPARED = 1_000

/**
 * Returns what sorts items by a column or a field of theirs. Items without a value come last; equal items keep their order.
 * @throws RollcallError `usage` for a name that is neither
 */
export async function sorter<Item extends object>(
  kind: string,
  table: TableOf<Item>,
  { name, descending }: NonNullable<OutputOptions['sortBy']>,
  now: number,
): Promise<(items: readonly Item[]) => Item[]> {
  const words = new Intl.Collator('en', { numeric: true })
  const key = await keyOf(kind, table, name, now)
  const direction = descending ? -1 : 1
  const compare = (a: Key, b: Key) => {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    if (typeof a === 'number' && typeof b === 'number') return (a - b) * direction
    return words.compare(String(a), String(b)) * direction
  }
  return (items) =>
    items
      .map((item) => ({ item, key: key(item) }))
      .sort((a, b) => compare(a.key, b.key))
      .map(({ item }) => item)
}

async function keyOf<Item extends object>(kind: string, table: TableOf<Item>, name: string, now: number) {
  const column = columnOf(table, name)
  if (column) return (item: Item): Key => plain(dataOf(column, item, now))
  const known = await fieldsOf(kind)
  if (known.includes(name)) return (item: Item): Key => plain(new Map<string, unknown>(Object.entries(item)).get(name))
  const names = [...new Set([...table.columns.map((each) => each.name.toLowerCase()), ...known])]
  throw new RollcallError('usage', `--sort-by: there is no column "${name}"`, {
    hint: didYouMean(name, names) ?? `one of ${names.join(', ')}`,
  })
}

function plain(value: unknown): Key {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'number') return value
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, COMPARED)
}

/** The fields of a kind. Its schema is loaded only where one is asked for by name. */
async function fieldsOf(kind: string): Promise<readonly string[]> {
  const schema = await import('../schema/index.ts')
  return schema.fieldsOf(kind)
}
