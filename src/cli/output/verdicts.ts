import type { Severity } from '../../lint/rule.ts'
import type { Verdict } from '../../lint/verdicts.ts'
import { foreignText } from '../../reports/foreign.ts'
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

export function verdictItem({ record, reading, verdict, findings }: Verdict): VerdictItem {
  const rules = findings.map((finding) => finding.rule)
  const note = reading.is === 'foreign' ? { note: foreignText(reading) } : {}
  return { key: record.id, service: record.service, verdict, rules, ...note }
}

export const verdictsTable: TableOf<VerdictItem> = {
  columns: [
    {
      name: 'VERDICT',
      text: (item) => item.verdict,
      tone: toneOf,
    },
    { name: 'KEY', text: (item) => item.key, identifies: true },
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
