import type { Severity } from '../../lint/rule.ts'
import { type Tone, toneOfSeverity } from './colours.ts'
import type { TableOf } from './columns.ts'

/** A stored key and its worst finding. */
export interface VerdictItem {
  readonly key: string
  readonly service: string
  readonly verdict: Severity | 'ok' | 'foreign'
  readonly rules: readonly string[]
  /** What is known of a record of another program. */
  readonly note?: string
}

export const verdictsTable: TableOf<VerdictItem> = {
  columns: [
    {
      name: 'VERDICT',
      text: (item) => item.verdict,
      tone: toneOf,
    },
    { name: 'KEY', text: (item) => item.key },
    { name: 'RULES', text: (item) => item.rules.join(',') },
    { name: 'NOTE', text: (item) => item.note ?? '' },
    { name: 'SERVICE', text: (item) => item.service, wide: true },
  ],
  name: (item) => item.key,
}

function toneOf({ verdict }: VerdictItem): Tone {
  if (verdict === 'foreign') return toneOfSeverity('info')
  return verdict === 'ok' ? 'good' : toneOfSeverity(verdict)
}
