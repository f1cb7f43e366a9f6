import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { PlannedRemoval, PurgePlan } from '../../client/purge/plan.ts'
import { probeAll } from '../../client/purge/probe.ts'
import { backUp, removeAll } from '../../client/purge/purge.ts'
import { secondLook } from '../../client/purge/second-look.ts'
import { stateFolder } from '../../config/user-folders.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'

/** What became of a plan, and where what it removed is kept. */
export interface CarriedOut {
  /** Of each record that was tried, once. */
  readonly outcomes: readonly Outcome[]
  /** Nothing was left to remove where it is absent. */
  readonly backup?: string
}

interface PlannedWork {
  readonly removals: readonly PlannedRemoval[]
  /** Where the backup is to be written; left out: in the state folder. */
  readonly file: string | undefined
  /** Prints what became of it, and answers the exit status. */
  readonly report: (done: CarriedOut) => Promise<number>
}

/**
 * Writes the backup and names it, then removes, and answers the exit status. Whatever ends it, what was removed is
 * reported; what the registry left in doubt is looked at again before.
 * @throws what ended it
 */
export async function carryOut(context: Context, { removals, file, report }: PlannedWork): Promise<number> {
  const backup = file === undefined ? defaultBackup(context) : resolve(context.io.cwd, file)
  const client = await context.client()
  await backUp(client, removals, backup, { signal: context.signal })
  await context.say(`backup: ${backup}`)
  const outcomes: Outcome[] = []
  const records = removals.map(({ record }) => record)
  const total = new Set(records.map(({ id }) => id)).size
  const progress = startProgress(context, 'removed')
  let status = 0
  let left = 0
  let isWhole = false
  try {
    for await (const outcome of removeAll(client, removals, { signal: context.signal })) {
      outcomes.push(outcome)
      progress.count(outcomes.length, total)
    }
    isWhole = true
  } finally {
    await progress.stop()
    let known: readonly Outcome[] = outcomes
    try {
      const options = { wanted: 'removed', signal: context.signal } as const
      if (isWhole) known = await secondLook(client, records, outcomes, options)
    } finally {
      status = await report({ outcomes: known, backup })
      left = total - outcomes.length
      if (left > 0) await context.say(`interrupted: ${amount(left, 'record')} not attempted`)
    }
  }
  return left > 0 && status === 0 ? statusOf('partial') : status
}

function defaultBackup(context: Context): string {
  const time = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  return join(stateFolder(context.io.env), 'backups', `${time}-${randomBytes(3).toString('hex')}.ndjson`)
}

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
