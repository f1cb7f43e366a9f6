import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { RestoreRecord } from '../backend.ts'
import { keyOf, valueOf } from './record.ts'
import type { Operation, Store } from './store.ts'
import { distinct, unsupported, writeEach, type Change } from './write-each.ts'

/** Leases granted before their records are put back; few enough that none runs out meanwhile. */
const BATCH = 100

/** Puts back, byte for byte, what is absent. Records that shared a lease share a new one of the same TTL. */
export async function* restore(
  store: Store,
  records: readonly RestoreRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const leases = new NewLeases(store, signal)
  try {
    const all = distinct(records)
    for (let at = 0; at < all.length; at += BATCH) {
      const batch = all.slice(at, at + BATCH)
      const changes: Change[] = []
      for (const record of batch)
        if (store.sessions && (record.lease !== undefined || record.ttlGranted !== null))
          yield ownersToRestore(record.id)
        else if (record.body instanceof Uint8Array)
          changes.push({ id: record.id, operation: await puttingBack(record, leases) })
        else yield unsupported(record.id, `${record.id} was no record of a key-value store`)
      for await (const outcome of writeEach(store, changes, signal)) {
        if (outcome.result === 'done') leases.use(batch.find((record) => record.id === outcome.id))
        yield outcome
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

async function puttingBack(record: RestoreRecord, leases: NewLeases): Promise<Operation> {
  return { put: keyOf(record), value: valueOf(record), lease: await leases.instead(record), expect: null }
}

/** The leases that stand in for the ones the records had. */
class NewLeases {
  readonly #store: Store
  readonly #signal: AbortSignal | undefined
  readonly #byOld = new Map<string, string>()
  readonly #used = new Set<string>()

  constructor(store: Store, signal?: AbortSignal) {
    this.#store = store
    this.#signal = signal
  }

  async instead(record: RestoreRecord): Promise<string | undefined> {
    if (record.ttlGranted === null) return undefined
    const old = oldLease(record)
    const known = this.#byOld.get(old)
    if (known !== undefined) return known
    const ttl = Math.max(record.ttlGranted, this.#store.ttl.least)
    const { lease } = await this.#store.grant(ttl, { signal: this.#signal })
    this.#byOld.set(old, lease)
    return lease
  }

  use(record: RestoreRecord | undefined): void {
    if (record && record.ttlGranted !== null) this.#used.add(oldLease(record))
  }

  async revokeUnused(): Promise<void> {
    for (const [old, lease] of this.#byOld) if (!this.#used.has(old)) await revokeQuietly(this.#store, lease)
  }
}

function oldLease(record: RestoreRecord): string {
  return record.lease ?? `of ${record.id}`
}

/** For a lease with nothing on it: one that cannot be revoked now ends by itself. */
export async function revokeQuietly(store: Store, lease: string): Promise<void> {
  try {
    await store.revoke(lease)
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
  }
}
