import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { RestoreRecord } from '../contract/backend.ts'
import { notAttempted, stopsTheRest } from '../contract/outcome.ts'
import { isLeaseId, revokeQuietly } from './leases.ts'
import { keyOf, valueOf } from './record.ts'
import type { Store, StoreLeaseState } from './store.ts'
import { distinct, unsupported, writeEach, type GuardedChange, type Put } from './changes.ts'

/**
 * Records whose leases are looked up or granted at once, before they are put back: few enough that no lease expires
 * meanwhile.
 */
const BATCH = 100

/**
 * Puts absent records back byte for byte and yields an outcome for each. A record goes back on the lease it had if that lease
 * is still alive (attaching does not renew it); otherwise records that shared a lease share a new one of the same TTL.
 */
export async function* restore(
  store: Store,
  records: readonly RestoreRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const leases = new Leases(store, signal)
  try {
    const all = distinct(records)
    for (let at = 0; at < all.length; at += BATCH) {
      const batch = all.slice(at, at + BATCH)
      const possible: RestoreRecord[] = []
      for (const record of batch)
        if (store.sessions && (record.lease !== undefined || record.ttlGranted !== null))
          yield ownersToRestore(record.id)
        else if (record.body instanceof Uint8Array) possible.push(record)
        else yield unsupported(record.id, `${record.id} is not a record of a key-value store`)
      const changes = await prepared(possible, leases, signal)
      if (changes instanceof RollcallError) {
        for (const { id } of [...possible, ...all.slice(at + BATCH)]) yield notAttempted(id, changes)
        return
      }
      for await (const outcome of writeEach(store, changes, signal)) {
        const record = batch.find(({ id }) => id === outcome.id)
        if (isLeaseGone(outcome) && record) yield* putOnNew(store, record, leases, signal)
        else {
          leases.note(outcome, changes)
          yield outcome
        }
      }
    }
  } finally {
    await leases.revokeUnused()
  }
}

function ownersToRestore(id: string): Outcome {
  return unsupported(id, `${id} belonged to the session of its process and cannot be restored without it`, RESTART)
}

const RESTART = 'restart the process: it registers again'

/** The writes on their leases, or the error for which no lease could be had. @throws the signal's reason */
async function prepared(
  records: readonly RestoreRecord[],
  leases: Leases,
  signal?: AbortSignal,
): Promise<GuardedChange<Put>[] | RollcallError> {
  try {
    await leases.lookUp(records)
    const changes: GuardedChange<Put>[] = []
    for (const record of records) changes.push({ id: record.id, operation: await puttingBack(record, leases) })
    return changes
  } catch (error) {
    if (error instanceof RollcallError && stopsTheRest(error) && !signal?.aborted) return error
    throw error
  }
}

async function puttingBack(record: RestoreRecord, leases: Leases): Promise<Put> {
  const { beside } = record
  const put = { put: keyOf(record), value: valueOf(record), lease: await leases.for(record), expect: null }
  return beside ? { ...put, beside } : put
}

/** Whether the lease has expired since it was looked up. */
function isLeaseGone({ result, error }: Outcome): boolean {
  return result === 'failed' && error instanceof RollcallError && error.code === 'not-found'
}

async function* putOnNew(
  store: Store,
  record: RestoreRecord,
  leases: Leases,
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  leases.forget(record)
  const changes = [{ id: record.id, operation: await puttingBack(record, leases) }]
  for await (const outcome of writeEach(store, changes, signal)) {
    leases.note(outcome, changes)
    yield outcome
  }
}

/** The leases on which records are put back: the ones they had, or new ones in their place. */
class Leases {
  readonly #store: Store
  readonly #signal: AbortSignal | undefined
  readonly #living = new Set<string>()
  readonly #byOld = new Map<string, string>()
  readonly #used = new Set<string>()

  constructor(store: Store, signal?: AbortSignal) {
    this.#store = store
    this.#signal = signal
  }

  /**
   * Finds out which of the leases that the records had are still alive. The TTL must match too, since another lease may
   * have the same id.
   */
  async lookUp(records: readonly RestoreRecord[]): Promise<void> {
    const leases = new Set(
      records.flatMap(({ lease = '', ttlGranted }) => (ttlGranted !== null && isLeaseId(lease) ? lease : [])),
    )
    if (leases.size === 0) return
    const states = await this.#statesOf([...leases])
    for (const { lease = '', ttlGranted } of records)
      if (states.get(lease)?.granted === ttlGranted && (states.get(lease)?.remaining ?? 0) > 0) this.#living.add(lease)
  }

  /** Looks leases up; an embedded registry that does not exist yet is created by granting a lease first. */
  async #statesOf(leases: readonly string[]): Promise<Map<string, StoreLeaseState>> {
    const { least } = this.#store.ttl
    try {
      return await this.#store.lookUp(leases, { signal: this.#signal })
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code !== 'unreachable') throw error
      const made = await this.#store.grant(least, { signal: this.#signal })
      await revokeQuietly(this.#store, made.lease)
      return await this.#store.lookUp(leases, { signal: this.#signal })
    }
  }

  async for(record: RestoreRecord): Promise<string | undefined> {
    if (record.ttlGranted === null) return undefined
    if (record.lease !== undefined && this.#living.has(record.lease)) return record.lease
    const old = oldLease(record)
    const known = this.#byOld.get(old)
    if (known !== undefined) return known
    const ttl = Math.max(record.ttlGranted, this.#store.ttl.least)
    const { lease } = await this.#store.grant(ttl, { signal: this.#signal })
    this.#byOld.set(old, lease)
    return lease
  }

  /** Notes that the lease of a record has expired. */
  forget({ lease = '' }: RestoreRecord): void {
    this.#living.delete(lease)
  }

  /** Notes that the lease is in use if the record may now be on it. */
  note({ id, result }: Outcome, changes: readonly GuardedChange<Put>[]): void {
    const lease = changes.find((change) => change.id === id)?.operation.lease
    if (lease !== undefined && (result === 'done' || result === 'in-doubt')) this.#used.add(lease)
  }

  async revokeUnused(): Promise<void> {
    for (const lease of this.#byOld.values()) if (!this.#used.has(lease)) await revokeQuietly(this.#store, lease)
  }
}

function oldLease(record: RestoreRecord): string {
  return record.lease ?? `of ${record.id}`
}
