import type { Outcome } from '../model/record.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { RollcallError } from '../model/errors.ts'
import { FAILURE } from './answer.ts'
import { RefusedRequest } from './refusal.ts'
import { type ScopedRegistry, notFound } from './registry.ts'

/** How often another may change the instance between reading and writing. */
const ATTEMPTS = 16

const IN_DOUBT = 'the registry fell silent: whether the change was made is not known'

export type ChangeKind = 'renew' | 'offline' | 'remove'

/**
 * Changes one instance, comparing what was seen, and reads it again when another process was faster: renewals and changes by
 * operators collide all the time, and none may be lost. Resolves with the instance as it was before.
 *
 * @throws RefusedRequest `notFound`; what the registry throws.
 */
export async function change(registry: ScopedRegistry, kind: ChangeKind, found: InstanceEntry): Promise<InstanceEntry> {
  let entry = found
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcomes = await carryOut(registry, kind, entry)
    const results = new Set(outcomes.map(({ result }) => result))
    if (results.size === 1 && results.has('done')) {
      await registry.seen((table) => isPast(entry, table.twin(entry), kind))
      return entry
    }
    if (results.has('in-doubt')) throw new RefusedRequest(FAILURE.unreachable, IN_DOUBT)
    const error = outcomes.find((outcome) => outcome.error)?.error
    if (error) throw error
    const now = await registry.again(entry)
    if (!now) throw notFound()
    entry = now
  }
  throw new RollcallError(
    'conflict',
    `gave up after ${ATTEMPTS} attempts: another process keeps changing ${entry.service}/${entry.instance.id}`,
  )
}

async function carryOut(registry: ScopedRegistry, kind: ChangeKind, { records }: InstanceEntry): Promise<Outcome[]> {
  if (kind === 'renew') return await registry.renew(records)
  if (kind === 'offline') return await registry.setStatus(records, 'down')
  return await registry.remove(records)
}

/** Whether this server's copy is newer than the changed instance. A heartbeat to a lease changes nothing visible. */
function isPast(before: InstanceEntry, now: InstanceEntry | undefined, kind: ChangeKind): boolean {
  if (kind === 'renew' && before.observed.layout !== 'aio') return true
  if (!now) return true
  return now.records.some(({ revision }, at) => revision !== before.records[at]?.revision)
}
