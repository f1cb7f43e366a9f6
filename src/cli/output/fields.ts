import { RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'
import { fieldsOf } from '../schema/index.ts'

/** Keeps the fields of `--fields`, in that order, of items of a kind; those that an item does not have stay absent. @throws RollcallError `usage` */
export function chooseFields(kind: string, named: readonly string[] | undefined): (item: object) => object {
  if (!named) return (item) => item
  const known = fieldsOf(kind)
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
