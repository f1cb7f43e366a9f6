import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { RestoreRecord } from '../contract/backend.ts'
import { notAttempted, stopsTheRest } from '../contract/outcome.ts'
import { isLeaseId, revokeQuietly } from './leases.ts'
import { keyOf, valueOf } from './record.ts'
import type { Store, StoreLeaseState } from './store.ts'
import { distinct, unsupported, writeEach, type GuardedChange, type Put } from './changes.ts'

/** Leases looked up or granted before their records are put back; few enough that none runs out meanwhile. */
const BATCH = 100

/**
 * Puts back, byte for byte, what is absent: on the lease that a record had where that still lives, which attaching does not
 * renew. Where it is gone, records that shared a lease share a new one of the same TTL.
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
        else yield unsupported(record.id, `${record.id} was no record of a key-value store`)
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
  return unsupported(id, `${id} lived by the session of its process, and cannot come back without it`, RESTART)
}

const RESTART = 'restart the process: it registers again'

/** The changes on their leases, or why these cannot be had. @throws the signal's reason */
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

/** The lease that lived when it was looked up has run out since. */
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

/** The leases that records are put back on: their own, or one that stands in for it. */
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

  /** Finds out which of the leases that they had still live: of the same TTL, so that it is no other's of the same id. */
  async lookUp(records: readonly RestoreRecord[]): Promise<void> {
    const leases = new Set(
      records.flatMap(({ lease = '', ttlGranted }) => (ttlGranted !== null && isLeaseId(lease) ? lease : [])),
    )
    if (leases.size === 0) return
    const states = await this.#statesOf([...leases])
    for (const { lease = '', ttlGranted } of records)
      if (states.get(lease)?.granted === ttlGranted && (states.get(lease)?.remaining ?? 0) > 0) this.#living.add(lease)
  }

  /** An embedded registry that is not there yet is made by its first lease. */
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

  /** It lives no longer. */
  forget({ lease = '' }: RestoreRecord): void {
    this.#living.delete(lease)
  }

  /** What may hold a record now is in use. */
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
