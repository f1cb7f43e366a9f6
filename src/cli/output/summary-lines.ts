import type { Summary } from '../../reports/summary.ts'
import { clean } from './clean.ts'
import { foreignLine } from './foreign-line.ts'
import { amount, grouped } from './quantity.ts'

const VERSIONS_NAMED = 5

/** What the last lines of a list say: `5 instances, 4 up, 1 expired · v1.4.2 ×3, v1.4.1 ×2`, and how many records could not be read or are of other programs. */
export function summaryLines({ instances, statuses, versions, malformed, foreign }: Summary): string[] {
  const counts = [
    amount(instances, 'instance'),
    ...statuses.map(({ status, instances: some }) => `${grouped(some)} ${status}`),
  ]
  const line = [counts.join(', '), versionWords(versions)].filter(Boolean).join(' · ')
  return [
    line,
    ...(malformed === 0 ? [] : [malformedLine(malformed)]),
    ...(foreign.keys === 0 ? [] : [foreignLine(foreign)]),
  ]
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
