import { type ForeignKeys, prefixText } from '../../reports/foreign.ts'
import { clean } from './clean.ts'
import { amount, grouped } from './quantity.ts'

const NAMED = 5

/** `7 keys of other programs (Curator ×5, go-zero ×2); 3 of them belong to the prefix /microservices: try --prefix`. */
export function foreignLine({ keys, kinds, prefixes }: ForeignKeys): string {
  const named = kinds.slice(0, NAMED).map(({ kind, keys: some }) => `${clean(kind)} ×${grouped(some)}`)
  const what = named.length === 0 ? '' : ` (${named.join(', ')}${kinds.length > NAMED ? ', …' : ''})`
  const [first] = prefixes
  const line = `${amount(keys, 'key')} of other programs${what}`
  if (!first) return line
  const some =
    first.keys === keys ? (keys === 1 ? 'it belongs' : 'they belong') : `${grouped(first.keys)} of them belong`
  return `${line}; ${some} to the prefix ${clean(prefixText(first.prefix))}: try --prefix`
}
