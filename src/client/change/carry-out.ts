import { inspect } from 'node:util'
import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { backUp, removeAll } from '../purge/purge.ts'
import type { PlannedRemoval } from '../purge/removal.ts'
import { secondLook } from '../purge/second-look.ts'
import { keepFindable, newRun } from '../undo/new-run.ts'
import { RunLog } from '../undo/run-log.ts'
import type { RunCommand } from '../undo/run.ts'
import { audit } from './audit-log.ts'
import { closedHours } from './protection.ts'
import type { ChangeSite } from './site.ts'

/** Changes of status that are of one run with the removals, and come first. */
export interface WorkBefore {
  /** The host that is drained. */
  readonly drained: string
  readonly records: readonly BackupRecord[]
  /** Changes them, notes in the log what it is about to change and what became of it, and answers the outcomes. */
  readonly change: (log: RunLog) => Promise<readonly Outcome[]>
}

export interface RunWork {
  readonly command: RunCommand
  /** Of a drain: what is changed before, of which the backup keeps the records too. */
  readonly before?: WorkBefore | undefined
  readonly removals: readonly PlannedRemoval[]
  /** The path of the backup, absolute; undefined for one in the state folder. */
  readonly file?: string | undefined
  /** How many records are removed a second, at most; undefined for no limit. */
  readonly rate?: number | undefined
  /** The backup is on disk; waited for before anything is changed. */
  readonly onBackup?: (path: string) => void | Promise<void>
  readonly onProgress?: (done: number, of: number) => void
}

/** What became of a run. */
export interface RunDone {
  /** One outcome for each record that was attempted. */
  readonly outcomes: readonly Outcome[]
  /** Records that were to be removed and were not attempted. */
  readonly left: number
  /** The backup file. */
  readonly backup: string
  /** Of the run, as `undo` takes it. */
  readonly id: string
  /** What ended it early. */
  readonly error?: unknown
}

/**
 * Writes a backup, then changes and removes the records; those in doubt are read again before it answers. Whatever ends it once the
 * backup is written is in the answer, with what was done until then.
 * @throws RollcallError `refused` in hours in which nothing is removed, `usage` when the backup cannot be written and for a rate that cannot
 * be kept, and what the registry throws before that: then nothing was changed
 */
export async function carryOutRun(site: ChangeSite, work: RunWork): Promise<RunDone> {
  const { client, signal } = site
  const { removals, before: first } = work
  requireRate(work.rate)
  if (removals.length > 0) requireOpen(site, { hint: 'run it again later' })
  const begun = newRun(site, work.command, work.file, first)
  const { run, path: backup } = begun
  await backUp(client, removals, { ...begun, also: first?.records ?? [] }, { signal })
  await keepFindable(site, begun)
  await work.onBackup?.(backup)
  await using log = await RunLog.open(backup, 'outcomes')
  const outcomes: Outcome[] = []
  let changed: readonly Outcome[] = []
  let known: readonly Outcome[] = outcomes
  let failure: { readonly error: unknown } | undefined
  try {
    changed = (await first?.change(log)) ?? []
    await removeInto(site, work, log, outcomes)
    const records = removals.map(({ record }) => record)
    known = await secondLook(client, records, outcomes, { wanted: 'removed', signal })
    for (const [at, outcome] of known.entries()) if (outcome !== outcomes[at]) log.note(outcome)
  } catch (error) {
    failure = { error }
  }
  await log.finish('ended', site.now())
  if (log.failure !== undefined) site.logger.warn(`some outcomes were not noted: ${log.failure}`)
  await audit(site, run, { removals, outcomes: known })
  const left = totalOf(removals) - outcomes.length
  return { outcomes: [...changed, ...known], left, backup, id: run.id, ...failure }
}

async function removeInto(
  site: ChangeSite,
  { removals, rate, onProgress }: RunWork,
  log: RunLog,
  outcomes: Outcome[],
): Promise<void> {
  const total = totalOf(removals)
  const before = async (ids: readonly string[]) => {
    const code = outcomes.length > 0 ? 'partial' : 'refused'
    requireOpen(site, { code, hint: 'run it again later for the rest' })
    await log.begin(ids)
  }
  for await (const outcome of removeAll(site.client, removals, { before, rate, signal: site.signal })) {
    outcomes.push(outcome)
    log.note(outcome)
    onProgress?.(outcomes.length, total)
  }
}

/** Another number would be no limit at all, or let nothing be removed. */
function requireRate(rate: unknown): void {
  if (rate === undefined || (typeof rate === 'number' && rate > 0)) return
  throw new RollcallError('usage', `the rate ${inspect(rate)} is not a number of records a second`, {
    hint: 'give a number above 0, or leave it out',
  })
}

interface Closed {
  readonly code?: ErrorCode
  readonly hint: string
}

function requireOpen(site: ChangeSite, { code = 'refused', hint }: Closed): void {
  const closed = closedHours(site)
  if (closed !== undefined) throw new RollcallError(code, closed, { hint })
}

function totalOf(removals: readonly PlannedRemoval[]): number {
  return new Set(removals.map(({ record }) => record.id)).size
}
