import { resolve } from 'node:path'
import { type RunDone, type RunWork, carryOutRun } from '../../client/change/carry-out.ts'
import type { PlannedRemoval, PurgePlan } from '../../client/purge/plan.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'
import { siteOf } from './site.ts'

/** The outcomes of a plan, and its backup. */
export interface CarriedOut {
  /** One outcome for each record that was attempted. */
  readonly outcomes: readonly Outcome[]
  /** The backup file; absent when nothing was left to remove. */
  readonly backup?: string
  /** Of the run, as `undo` takes it; absent like the backup. */
  readonly id?: string
}

interface PlannedWork extends Pick<RunWork, 'command' | 'before' | 'removals' | 'rate'> {
  /** The backup file as given; undefined for one in the state folder. */
  readonly file: string | undefined
  /** Prints the outcomes and returns the exit status. */
  readonly report: (done: CarriedOut) => Promise<number>
}

/**
 * Writes a backup and reports its path, then removes the records and returns the exit status. Records in doubt are read
 * again first. When something ends it early, what was removed is still reported.
 * @throws the error that ended it
 */
export async function carryOut(context: Context, { file, report, ...work }: PlannedWork): Promise<number> {
  const done = await runOf(context, { ...work, file: file === undefined ? undefined : resolve(context.io.cwd, file) })
  const status = await report(done)
  if (done.left > 0) await context.say(`interrupted: ${amount(done.left, 'record')} not attempted`)
  if ('error' in done) throw done.error
  return done.left > 0 && status === 0 ? statusOf('partial') : status
}

async function runOf(context: Context, work: RunWork): Promise<RunDone> {
  const progress = startProgress(context, 'removed')
  const onBackup = async (path: string) => await context.say(`backup: ${path}`)
  const onProgress = (done: number, of: number) => progress.count(done, of)
  try {
    return await carryOutRun(await siteOf(context), { ...work, onBackup, onProgress })
  } finally {
    await progress.stop()
  }
}

/** The removals left of a plan, and an outcome for each record that stays. */
interface Left {
  readonly removals: readonly PlannedRemoval[]
  readonly kept: readonly Outcome[]
}

/** Probes unreachable instances of the plan again: their processes may have started while the question was on the screen. */
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
  const { probeAll } = await import('../../client/purge/probe.ts')
  const progress = startProgress(context, 'probing')
  const onProgress = (done: number, of: number) => progress.count(done, of)
  try {
    const { dead } = await probeAll(entries, { signal: context.signal, onProgress })
    return new Set(dead.map(({ entry }) => entry))
  } finally {
    await progress.stop()
  }
}
