import { resolve } from 'node:path'
import type { Client } from '../client.ts'
import { type LiftedGuards, requireAllowed } from '../purge/allowed.ts'
import { requirePlace } from '../purge/plan-place.ts'
import type { PurgePlan } from '../purge/plan.ts'
import { type RunCommand, isRunCommand } from '../undo/run.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry } from '../../model/reading.ts'
import { type RunDone, type WorkBefore, carryOutRun } from './carry-out.ts'
import { placeAt } from './place.ts'
import { requireUnprotected } from './protection.ts'
import type { ChangeSite, PlaceOptions } from './site.ts'

/** How a plan is carried out. */
export interface PurgeOptions extends LiftedGuards, PlaceOptions {
  /** The path of the backup, a new file; in the state folder by default, where `rollcall undo` finds it. */
  readonly backup?: string
  /** How many records are removed a second, at most; without a limit by default. */
  readonly rate?: number
  /** What the backup and the audit log call it; `purge` by default. */
  readonly command?: Exclude<RunCommand, 'offline' | 'online'>
  /** Is called with the path of the backup when that is on disk, and waited for before anything is removed. */
  readonly onBackup?: (path: string) => void | Promise<void>
  readonly onProgress?: (done: number, of: number) => void
}

/**
 * Carries out a plan of `planPurge` or `planNamed`: writes a backup of all of its records, then removes each that is still as the
 * plan saw it, looks again at what a silent registry left in doubt, and adds a line for each to the audit log. What ends it early, its
 * signal and the beginning of protected hours too, is the `error` of the answer, beside what was done. `restore` takes the backup.
 *
 * @throws RollcallError `refused` when a guard refuses the plan, something of it is protected, or nothing is removed at this hour; `usage`
 * when the backup cannot be written, an option is not valid, or the plan was made for another registry. Nothing was changed then.
 */
export async function purge(client: Client, plan: PurgePlan, options: PurgeOptions): Promise<RunDone> {
  const { command = 'purge' } = options
  requireRemoval(command)
  return await carryOutPlan(client, { plan, entries: plan.entries, command }, options)
}

/** What one run does. */
interface PlannedRun {
  readonly command: RunCommand
  /** What is removed. */
  readonly plan: PurgePlan
  /** All that is removed or taken offline. */
  readonly entries: readonly Entry[]
  /** What is changed first. */
  readonly before?: (site: ChangeSite) => WorkBefore
}

/** Refuses what must not be done, and does the rest as one run with one backup. @throws RollcallError as `purge` */
export async function carryOutPlan(
  client: Client,
  { plan, entries, command, before }: PlannedRun,
  options: PurgeOptions,
): Promise<RunDone> {
  requirePlace(client, plan.place)
  requireAllowed(plan, options)
  requireUnprotected(entries, options)
  const { backup, rate, onBackup, onProgress } = options
  const site = placeAt(client, options)
  return await carryOutRun(site, {
    command,
    before: before?.(site),
    removals: plan.records,
    file: backup === undefined ? undefined : resolve(backup),
    rate,
    ...(onBackup && { onBackup }),
    ...(onProgress && { onProgress }),
  })
}

/** An undo could not read what another command wrote, and takes a change of status for something else than a removal. */
function requireRemoval(command: unknown): void {
  if (isRunCommand(command) && command !== 'offline' && command !== 'online') return
  throw new RollcallError('usage', `${JSON.stringify(command)} is not a command that removes records`, {
    hint: 'leave out command, or name one such as deregister',
  })
}
