import { type ForeignKeys, prefixText } from '../../reports/foreign.ts'
import type { Summary } from '../../reports/summary.ts'
import { amount, grouped } from '../../model/count.ts'
import { clean } from './text.ts'

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

const VERSIONS_NAMED = 5

/** What the last lines of a list say: `5 instances, 4 up, 1 expired · v1.4.2 ×3, v1.4.1 ×2`, and how many records could not be read or are of other programs. */
export function summaryLines({ instances, statuses, versions, malformed, foreign }: Summary): string[] {
  const line = [statusCounts({ instances, statuses }), versionWords(versions)].filter(Boolean).join(' · ')
  return [
    line,
    ...(malformed === 0 ? [] : [malformedLine(malformed)]),
    ...(foreign.keys === 0 ? [] : [foreignLine(foreign)]),
  ]
}

/** `5 instances, 4 up, 1 expired`. */
export function statusCounts({ instances, statuses }: Pick<Summary, 'instances' | 'statuses'>): string {
  const counts = statuses.map(({ status, instances: some }) => `${grouped(some)} ${status}`)
  return [amount(instances, 'instance'), ...counts].join(', ')
}

export function malformedLine(malformed: number): string {
  return `${amount(malformed, 'record')} could not be read; see rollcall check-keys`
}

function versionWords(versions: Summary['versions']): string {
  const named = versions.slice(0, VERSIONS_NAMED)
  const words = named.map(({ version, instances }) => `${clean(version) || 'no version'} ×${grouped(instances)}`)
  const more = versions.length - named.length
  return [...words, ...(more > 0 ? [amount(more, 'more version')] : [])].join(', ')
}
