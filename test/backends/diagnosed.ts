import type { Target } from '../../src/backends/contract/driver.ts'
import { diagnose } from '../../src/client/diagnose.ts'
import type { Diagnosis } from '../../src/model/diagnosis.ts'

/** What `doctor` finds, in order. */
export async function diagnosed(target: Target, now?: () => number): Promise<Diagnosis[]> {
  const found: Diagnosis[] = []
  for await (const diagnosis of diagnose(target, now && { now })) found.push(diagnosis)
  return found
}

/** `check state: fact` of each that is of one of these checks; of a subject, where it is named. */
export function said(found: readonly Diagnosis[], checks: string, subject?: string): string[] {
  const wanted = checks.split(' ')
  return found
    .filter((each) => wanted.includes(each.check) && (subject === undefined || each.subject === subject))
    .map(({ check, state, fact }) => `${check} ${state}: ${fact}`)
}

/** `subject check` of each error. */
export function errors(found: readonly Diagnosis[]): string[] {
  return found.flatMap(({ subject, check, state }) => (state === 'error' ? [`${subject} ${check}`] : []))
}
