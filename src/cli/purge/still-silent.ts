import type { PlannedRemoval, PurgePlan } from '../../client/purge/plan.ts'
import { probeAll } from '../../client/purge/probe.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { startProgress } from '../output/progress.ts'

/** What is left of a plan, and what stays as an outcome each. */
interface Left {
  readonly removals: readonly PlannedRemoval[]
  readonly kept: readonly Outcome[]
}

/** Probes once more what the plan takes for its silence: while a question stood on the screen its process may have started. */
export async function stillSilent(context: Context, { records, silent }: PurgePlan): Promise<Left> {
  if (silent.length === 0) return { removals: records, kept: [] }
  const stillDead = await silentNow(context, silent)
  const answering = silent.filter((entry) => !stillDead.has(entry))
  const kept = new Set(answering.flatMap((entry) => entry.records.map(({ id }) => id)))
  return {
    removals: records.filter(({ key }) => !kept.has(key)),
    kept: [...kept].map((id) => ({ id, result: 'changed' })),
  }
}

async function silentNow(context: Context, entries: readonly InstanceEntry[]): Promise<ReadonlySet<InstanceEntry>> {
  const progress = startProgress(context, 'probing')
  const onProgress = (done: number, of: number) => progress.count(done, of)
  try {
    const { dead } = await probeAll(entries, { signal: context.signal, onProgress })
    return new Set(dead.map(({ entry }) => entry))
  } finally {
    await progress.stop()
  }
}
