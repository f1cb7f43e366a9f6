import { CATALOGUE } from './catalogue.ts'
import { type CheckOptions, checkEntries, checkRecord, isFoldRule, type Look } from './check.ts'
import type { Finding } from './finding.ts'
import { SEVERITIES, type Severity } from './rule.ts'
import type { CheckedRecord } from './subject.ts'

/** One record and all that is said of it. */
export interface Verdict extends CheckedRecord {
  /** The worst severity among its findings; without any `foreign` for a record of another program, else `ok`. */
  readonly verdict: Severity | 'ok' | 'foreign'
  readonly findings: readonly Finding[]
}

/**
 * Every record with its verdict, in the registry's order and in the batches in which records come. Looks at everything
 * first for what concerns several records, then at each record alone; keeps the findings of that first look.
 */
export async function* verdicts(look: Look, options: CheckOptions): AsyncGenerator<readonly Verdict[]> {
  const shared = await sharedFindings(look, options)
  for await (const batch of look())
    yield batch.map((record) => verdictOf(record, checkRecord(record, options), shared.get(record.record.id) ?? []))
}

function verdictOf(record: CheckedRecord, alone: readonly Finding[], shared: readonly Finding[]): Verdict {
  const findings = [...alone, ...shared]
  const worst = worstOf(findings)
  const verdict = worst === 'ok' && record.reading.is === 'foreign' ? 'foreign' : worst
  return { ...record, verdict, findings }
}

export function worstOf(findings: readonly Finding[]): Severity | 'ok' {
  return SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity)) ?? 'ok'
}

async function sharedFindings(look: Look, options: CheckOptions): Promise<Map<string, Finding[]>> {
  const byKey = new Map<string, Finding[]>()
  const rules = (options.rules ?? CATALOGUE).filter(isFoldRule)
  if (rules.length === 0) return byKey
  for await (const batch of checkEntries(look, { ...options, rules }))
    for (const finding of batch) byKey.set(finding.key, [...(byKey.get(finding.key) ?? []), finding])
  return byKey
}
