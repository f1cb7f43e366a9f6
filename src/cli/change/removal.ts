import type { BackupRecord } from '../../client/purge/backup-line.ts'
import type { PlannedRemoval, PurgePlan } from '../../client/purge/plan.ts'
import { backUp, removeAll } from '../../client/purge/purge.ts'
import { secondLook } from '../../client/purge/second-look.ts'
import type { RunCommand } from '../../client/undo/run.ts'
import { RunLog } from '../../client/undo/run-log.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'
import { audit } from './audit.ts'
import { closedHours } from './protection.ts'
import { keepFindable, newRun } from './run.ts'

/** The outcomes of a plan, and its backup. */
export interface CarriedOut {
  /** One outcome for each record that was attempted. */
  readonly outcomes: readonly Outcome[]
  /** The backup file; absent when nothing was left to remove. */
  readonly backup?: string
  /** Of the run, as `undo` takes it; absent like the backup. */
  readonly id?: string
}

/** Changes of status that are of one run with the removals, and come first. */
export interface WorkBefore {
  /** The host that is drained. */
  readonly drained: string
  readonly records: readonly BackupRecord[]
  /** Changes them, notes in the log what it is about to change and what became of it, and answers the outcomes. */
  readonly change: (log: RunLog) => Promise<readonly Outcome[]>
}

interface PlannedWork {
  readonly command: RunCommand
  /** Of a drain: what is changed before, of which the backup keeps the records too. */
  readonly before?: WorkBefore
  readonly removals: readonly PlannedRemoval[]
  /** The backup file as given; undefined for one in the state folder. */
  readonly file: string | undefined
  /** How many records are removed a second, at most; undefined for no limit. */
  readonly rate: number | undefined
  /** Prints the outcomes and returns the exit status. */
  readonly report: (done: CarriedOut) => Promise<number>
}

/**
 * Writes a backup and reports its path, then removes the records and returns the exit status. Records in doubt are read
 * again first. When something ends it early, what was removed is still reported.
 * @throws the error that ended it
 */
export async function carryOut(context: Context, work: PlannedWork): Promise<number> {
  const { command, removals, file, rate, report, before: first } = work
  const begun = await newRun(context, command, file, first)
  const { run, path: backup } = begun
  const client = await context.client()
  await backUp(client, removals, { ...begun, also: first?.records ?? [] }, { signal: context.signal })
  await keepFindable(context, begun)
  await context.say(`backup: ${backup}`)
  await using log = await RunLog.open(backup, 'outcomes')
  const outcomes: Outcome[] = []
  const records = removals.map(({ record }) => record)
  const total = new Set(records.map(({ id }) => id)).size
  const progress = startProgress(context, 'removed')
  const before = async (ids: readonly string[]) => {
    const closed = await closedHours(context)
    if (closed !== undefined) {
      const code = outcomes.length > 0 ? 'partial' : 'refused'
      throw new RollcallError(code, closed, { hint: 'run it again later for the rest' })
    }
    await log.begin(ids)
  }
  let status = 0
  let left = 0
  let isWhole = false
  let changed: readonly Outcome[] = []
  try {
    changed = (await first?.change(log)) ?? []
    for await (const outcome of removeAll(client, removals, { before, rate, signal: context.signal })) {
      outcomes.push(outcome)
      log.note(outcome)
      progress.count(outcomes.length, total)
    }
    isWhole = true
  } finally {
    await progress.stop()
    let known: readonly Outcome[] = outcomes
    try {
      const options = { wanted: 'removed', signal: context.signal } as const
      if (isWhole) known = await secondLook(client, records, outcomes, options)
      for (const [at, outcome] of known.entries()) if (outcome !== outcomes[at]) log.note(outcome)
    } finally {
      await log.finish('ended', context.now())
      if (log.failure !== undefined) context.logger.warn(`some outcomes were not noted: ${log.failure}`)
      await audit(context, run, { removals, outcomes: known })
      status = await report({ outcomes: [...changed, ...known], backup, id: run.id })
      left = total - outcomes.length
      if (left > 0) await context.say(`interrupted: ${amount(left, 'record')} not attempted`)
    }
  }
  return left > 0 && status === 0 ? statusOf('partial') : status
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
