import type { Severity } from '../../../lint/rule.ts'
import { toneOfSeverity } from '../colours.ts'
import type { TableOf } from '../column.ts'

/** A stored key and the worst that is said of it. */
export interface VerdictItem {
  readonly key: string
  readonly service: string
  readonly verdict: Severity | 'ok'
  readonly rules: readonly string[]
}

export const verdictsTable: TableOf<VerdictItem> = {
  columns: [
    {
      name: 'VERDICT',
      text: (item) => item.verdict,
      tone: (item) => (item.verdict === 'ok' ? 'good' : toneOfSeverity(item.verdict)),
    },
    { name: 'KEY', text: (item) => item.key },
    { name: 'RULES', text: (item) => item.rules.join(',') },
    { name: 'SERVICE', text: (item) => item.service, wide: true },
  ],
  name: (item) => item.key,
}
