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
 * Changes one instance, comparing what was seen, and reads it again when another was faster: renewals and an operator's
 * words meet all the time, and none of them may be lost. Answers the instance as it was.
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
  throw new RollcallError('conflict', `${entry.service}/${entry.instance.id} changes faster than it can be written`)
}

async function carryOut(registry: ScopedRegistry, kind: ChangeKind, { records }: InstanceEntry): Promise<Outcome[]> {
  if (kind === 'renew') return await registry.renew(records)
  if (kind === 'offline') return await registry.setStatus(records, 'down')
  return await registry.remove(records)
}

/** Whether the picture is beyond the instance that was changed. A heartbeat to a lease changes nothing that could be seen. */
function isPast(before: InstanceEntry, now: InstanceEntry | undefined, kind: ChangeKind): boolean {
  if (kind === 'renew' && before.observed.layout !== 'aio') return true
  if (!now) return true
  return now.records.some(({ revision }, at) => revision !== before.records[at]?.revision)
}
