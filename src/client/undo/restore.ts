import { requireUnprotected } from '../change/protection.ts'
import { placeAt } from '../change/place.ts'
import type { Client } from '../client.ts'
import { type Restored, onOwnLease } from '../purge/restore.ts'
import { ranIn } from './chosen.ts'
import { type PlanRestoreOptions, type UndoPlan, planRestore } from './plan.ts'
import { foresee, takeOneBack } from './taking-back.ts'

/** What of a backup is taken back, and whether it is. */
export interface RestoreOptions extends PlanRestoreOptions {
  /** Only say what would become of each record: `planned`, or the outcome that it would have. */
  readonly dryRun?: boolean
}

/**
 * Takes back what the run of a backup changed: records that it removed are put back where nothing has taken their place, and those
 * whose status it changed have their former one again. Takes a plan of `planUndo`, `planRestore` or `planDrainBack`, or the path of a
 * backup. Yields an outcome for each record, and notes them in the backup, so that what was interrupted is finished by the next call.
 * `keptRuns` lists the backups of this machine.
 *
 * @throws RollcallError `usage` for a file that is not a backup, `conflict` while its run is at work; `unsupported` where the registry
 * cannot restore; `refused` where something is protected that would go offline. Nothing was changed then.
 */
export async function* restore(
  client: Client,
  from: string | UndoPlan,
  options: RestoreOptions = {},
): AsyncGenerator<Restored, void, undefined> {
  const plan = typeof from === 'string' ? await planRestore(client, from, options) : from
  const goingOffline = plan.records.flatMap(({ action, entry }) => (action === 'offline' && entry ? entry : []))
  requireUnprotected(goingOffline, options)
  const site = placeAt(client, options)
  for (const { backup, chosen: count } of plan.backups) {
    const chosen = plan.records.flatMap((each) => (each.backup === backup ? each.record : []))
    const isNoted = backup.run !== undefined && ranIn(backup.run, client.target)
    const work = { backup, chosen, isNoted, isWhole: chosen.length === count }
    yield* options.dryRun === true ? await foresee(site, work) : takeOneBack(site, work)
  }
}

/** On which leases records are, that were put back. */
export interface RestoredLeases {
  /** Keys of those on the lease that they had, which still exists. */
  readonly own: ReadonlySet<string>
  /** Keys of those on new ones, which nothing renews: gone after their TTL, unless their process registers again. */
  readonly fresh: ReadonlySet<string>
}

/**
 * On which leases what was put back is now; it looks at the leases, where there were any. `outcomes`: of `restore` with the same plan.
 * @throws RollcallError the registry's error when they cannot be looked at; the signal's reason
 */
export async function restoredLeases(
  client: Client,
  plan: UndoPlan,
  outcomes: Iterable<Restored>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RestoredLeases> {
  const done = new Set([...outcomes].flatMap(({ id, result }) => (result === 'done' ? id : [])))
  const leased = plan.records.flatMap(({ key, record }) => (done.has(key) && record.ttlGranted !== null ? record : []))
  const own = await onOwnLease(client, leased, options)
  return { own, fresh: new Set(leased.flatMap(({ id }) => (own.has(id) ? [] : id))) }
}
