import { RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'
import { fieldsOf } from '../schema/index.ts'
import { type TableOf, dataOf } from './column.ts'
import type { OutputOptions } from './options.ts'

type Key = string | number | undefined

/** Texts are compared no further: the collator takes time in the square of a run of combining marks. */
const COMPARED = 1_000

/**
 * Sorts by a column, or by a field of the item; what has no value comes last. Equal items keep their order.
 * @throws RollcallError `usage`
 */
export function sorter<Item extends object>(
  kind: string,
  table: TableOf<Item>,
  { name, descending }: NonNullable<OutputOptions['sortBy']>,
  now: number,
): (items: readonly Item[]) => Item[] {
  const words = new Intl.Collator('en', { numeric: true })
  const key = keyOf(kind, table, name, now)
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

function keyOf<Item extends object>(kind: string, { columns }: TableOf<Item>, name: string, now: number) {
  const column = columns.find((each) => each.name === name.toUpperCase())
  if (column) return (item: Item): Key => plain(dataOf(column, item, now))
  const known = fieldsOf(kind)
  if (known.includes(name)) return (item: Item): Key => plain(new Map<string, unknown>(Object.entries(item)).get(name))
  const names = [...new Set([...columns.map((each) => each.name.toLowerCase()), ...known])]
  throw new RollcallError('usage', `--sort-by: there is no column "${name}"`, {
    hint: didYouMean(name, names) ?? `one of ${names.join(', ')}`,
  })
}

function plain(value: unknown): Key {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'number') return value
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, COMPARED)
}
