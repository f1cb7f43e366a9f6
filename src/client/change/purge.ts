import { resolve } from 'node:path'
import type { Client } from '../client.ts'
import { type LiftedGuards, requireAllowed } from '../purge/allowed.ts'
import type { PurgePlan } from '../purge/plan.ts'
import { type RunDone, carryOutRun } from './carry-out.ts'
import { type PlaceOptions, placeAt } from './place.ts'

/** How a plan is carried out. */
export interface PurgeOptions extends LiftedGuards, PlaceOptions {
  /** The path of the backup, a new file; in the state folder by default, where `rollcall undo` finds it. */
  readonly backup?: string
  /** How many records are removed a second, at most; without a limit by default. */
  readonly rate?: number
  readonly onProgress?: (done: number, of: number) => void
}

/**
 * Carries out a plan of `planPurge` or `planNamed`: writes a backup of all of its records, then removes each that is still as the
 * plan saw it, and adds a line for each to the audit log. What ends it early, its signal too, is the `error` of the answer, beside
 * what was done. `restore` takes the backup.
 *
 * @throws RollcallError `refused` when a guard refuses the plan; `usage` when the backup cannot be written. Nothing was changed then.
 */
export async function purge(client: Client, plan: PurgePlan, options: PurgeOptions): Promise<RunDone> {
  const { backup, rate, onProgress } = options
  requireAllowed(plan, options)
  return await carryOutRun(placeAt(client, options), {
    command: 'purge',
    removals: plan.records,
    file: backup === undefined ? undefined : resolve(backup),
    rate,
    ...(onProgress && { onProgress }),
  })
}
