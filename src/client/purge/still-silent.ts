import type { PurgePlan } from './plan.ts'
import type { ProbeOptions } from './probe.ts'

/**
 * Probes again the instances that a plan removes because their endpoints are silent, and resolves with the plan without those that answer
 * now: a process may have started while somebody was asked about it. What is removed for another reason stays in the plan.
 *
 * @throws the signal's reason
 */
export async function stillSilent(plan: PurgePlan, options: ProbeOptions = {}): Promise<PurgePlan> {
  if (plan.silent.length === 0) return plan
  const { probeAll } = await import('./probe.ts')
  const { dead } = await probeAll(plan.silent, options)
  const stillDead = new Set(dead.map(({ entry }) => entry))
  const answering = plan.silent.filter((entry) => !stillDead.has(entry))
  const kept = new Set(answering.flatMap((entry) => entry.records.map(({ id }) => id)))
  return {
    ...plan,
    records: plan.records.filter(({ key }) => !kept.has(key)),
    entries: plan.entries.filter((entry) => entry.is !== 'instance' || !entry.records.some(({ id }) => kept.has(id))),
    silent: plan.silent.filter((entry) => stillDead.has(entry)),
  }
}
