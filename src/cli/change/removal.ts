import { resolve } from 'node:path'
import type { RunDone } from '../../client/change/carry-out.ts'
import { type PurgeOptions, purge } from '../../client/change/purge.ts'
import type { LiftedGuards } from '../../client/purge/allowed.ts'
import type { PurgePlan } from '../../client/purge/plan.ts'
import { stillSilent } from '../../client/purge/still-silent.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'
import { placeOf } from './place.ts'

/** The outcomes of a plan, and its backup. */
export interface CarriedOut {
  /** One outcome for each record that was attempted. */
  readonly outcomes: readonly Outcome[]
  /** The backup file; absent when nothing was left to remove. */
  readonly backup?: string
  /** Of the run, as `undo` takes it; absent like the backup. */
  readonly id?: string
}

interface Work {
  /** The backup file as given; undefined for one in the state folder. */
  readonly file: string | undefined
  readonly rate: number | undefined
  /** Prints the outcomes and returns the exit status. */
  readonly report: (done: CarriedOut) => Promise<number>
}

interface PlannedRemovals extends Work {
  readonly command: NonNullable<PurgeOptions['command']>
  readonly plan: PurgePlan
  readonly lifted: LiftedGuards
}

/**
 * Writes a backup and reports its path, then removes the records and returns the exit status. When something ends it early, what was
 * removed is still reported.
 * @throws the error that ended it
 */
export async function carryOut(
  context: Context,
  { command, plan, lifted: { force, trustClock }, ...work }: PlannedRemovals,
): Promise<number> {
  const client = await context.client()
  return await carryOutBy(context, work, (options) => purge(client, plan, { ...options, command, force, trustClock }))
}

/** The same for another operation that has a backup. */
export async function carryOutBy(
  context: Context,
  { file, rate, report }: Work,
  operation: (options: PurgeOptions) => Promise<RunDone>,
): Promise<number> {
  const backup = file === undefined ? undefined : resolve(context.io.cwd, file)
  const done = await runOf(context, (options) => operation({ ...options, backup, rate }))
  const status = await report(done)
  if (done.left > 0) await context.say(`interrupted: ${amount(done.left, 'record')} not attempted`)
  if ('error' in done) throw done.error
  return done.left > 0 && status === 0 ? statusOf('partial') : status
}

async function runOf(context: Context, run: (options: PurgeOptions) => Promise<RunDone>): Promise<RunDone> {
  const progress = startProgress(context, 'removed')
  const onBackup = async (path: string) => await context.say(`backup: ${path}`)
  const onProgress = (done: number, of: number) => progress.count(done, of)
  try {
    return await run({ ...(await placeOf(context)), onBackup, onProgress })
  } finally {
    await progress.stop()
  }
}

/** What is left of a plan, and an outcome for each record that stays. */
interface Left {
  readonly plan: PurgePlan
  readonly kept: readonly Outcome[]
}

/** Probes unreachable instances of the plan again: their processes may have started while the question was on the screen. */
export async function probedAgain(context: Context, plan: PurgePlan): Promise<Left> {
  if (plan.silent.length === 0) return { plan, kept: [] }
  const progress = startProgress(context, 'probing')
  const onProgress = (done: number, of: number) => progress.count(done, of)
  try {
    const left = await stillSilent(plan, { signal: context.signal, onProgress })
    const gone = new Set(left.records.map(({ key }) => key))
    const kept = plan.records.filter(({ key }) => !gone.has(key))
    return { plan: left, kept: kept.map(({ key: id }) => ({ id, result: 'changed' })) }
  } finally {
    await progress.stop()
  }
}
