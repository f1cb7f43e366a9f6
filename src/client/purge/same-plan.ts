import { amount } from '../../model/count.ts'
import { RollcallError } from '../../model/errors.ts'
import { valueHash } from '../../model/value-hash.ts'
import { advice } from '../../model/wording.ts'
import type { Client } from '../client.ts'
import type { PlannedRecord, RemovalPlan } from './plan-file.ts'
import { requirePlace } from './plan-place.ts'
import type { PurgePlan } from './plan.ts'
import type { PlannedRemoval } from './removal.ts'
import { currentOf } from './second-look.ts'

/** Keys that are named in an error. */
const NAMED = 20

/** A plan from a file never removes records of other programs. @throws RollcallError `refused` where there are some */
export function refuseForeign({ entries }: PurgePlan): void {
  const foreign = entries.filter(({ is }) => is === 'foreign').length
  if (foreign === 0) return
  throw new RollcallError('refused', `the plan has ${amount(foreign, 'record')} of other programs`, {
    hint: `a stored plan never removes them: ${advice('purgeForeign')}`,
  })
}

/**
 * Makes sure that a plan made now has exactly the records of one from a file, each at its revision and with its value, so that nothing is
 * removed which nobody has read. It is made by whoever carries out the file, with `planPurge`, of the registry as it is now.
 *
 * @throws RollcallError `conflict` naming how they differ; `usage` for a plan of another registry, prefix or layout; `refused` for records
 * of other programs
 */
export function requireSamePlan(client: Client, stored: RemovalPlan, now: PurgePlan): void {
  requirePlace(client, stored)
  refuseForeign(now)
  const found = differences(stored.records, now.records)
  if (found.length > 0) throw conflict(found)
}

/**
 * Reads the records of a plan again, and makes sure that each is as the plan saw it: after a question, for those who remove all of a plan
 * or nothing. `purge` by itself leaves what has changed, and removes the rest.
 *
 * @throws RollcallError `conflict` naming what has changed, what the registry throws, and the signal's reason
 */
export async function requireUnchanged(
  client: Client,
  { records }: PurgePlan,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const revisions = new Map(records.map(({ record: { id, revision } }) => [id, revision]))
  const found: string[] = []
  const all = records.map(({ record }) => record)
  for await (const { id, now } of currentOf(client, all, signal))
    if (!now || now.revision !== revisions.get(id)) found.push(`changed: ${id}`)
  if (found.length > 0) throw conflict(found)
}

function conflict(found: readonly string[]): RollcallError {
  const more = found.length - NAMED
  const lines = [...found.slice(0, NAMED), ...(more > 0 ? [`… and ${more} more`] : [])]
  return new RollcallError('conflict', `the registry is no longer as it was planned:\n${lines.join('\n')}`, {
    hint: `nothing was removed; make a new plan with ${advice('planFile')}`,
  })
}

/** What differs between a plan and the plan that the registry would get now, a line each. */
function differences(then: readonly PlannedRecord[], now: readonly PlannedRemoval[]): string[] {
  const current = new Map(now.map((removal) => [removal.key, removal]))
  const planned = new Set(then.map(({ key }) => key))
  const found: string[] = []
  for (const record of then) {
    const removal = current.get(record.key)
    if (!removal) found.push(`no longer chosen: ${record.key}`)
    else if (!isSame(record, removal)) found.push(`changed: ${record.key}`)
  }
  for (const key of current.keys()) if (!planned.has(key)) found.push(`new: ${key}`)
  return found
}

/** Where a registry has records of its own, what it reports beside them changes by itself, and the revision alone says whether they did. */
function isSame(then: PlannedRecord, now: PlannedRemoval): boolean {
  if (then.revision !== now.revision || then.service !== now.service) return false
  const needsHash = now.revision === undefined || now.record.body instanceof Uint8Array
  return !needsHash || then.hash === valueHash(now.record.body)
}
