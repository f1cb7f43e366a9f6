import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Leadership } from '../contract/backend.ts'
import { exactly } from './key-range.ts'
import type { Kv } from './kv.ts'
import { revokeQuietly } from './restore.ts'
import { statusChange } from './status.ts'
import type { StoreLease } from './store.ts'
import { distinct } from './write-each.ts'

/** Writes on their way at once: each is an atomic one of its own, so that a record that changed stops no other. */
const ABREAST = 32

export interface Lock {
  readonly key: Uint8Array
  /** Of the put that took it. */
  readonly revision: string
  readonly lease: StoreLease
}

/** The lock, held. Every write names it as it was taken: whoever has lost it writes nothing, however late he learns that. */
export class LockHolder implements Leadership {
  readonly beatEvery: number
  expiresAt: number
  readonly #kv: Kv
  readonly #lock: Lock

  constructor(kv: Kv, lock: Lock, granted: number) {
    this.#kv = kv
    this.#lock = lock
    this.beatEvery = (lock.lease.ttl * 1000) / 3
    this.expiresAt = granted + lock.lease.ttl * 1000
  }

  async beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    const now = this.#kv.now()
    const { lease } = this.#lock.lease
    const [kept, isHeld] = await Promise.all([this.#kv.store.keepAlive(lease, { signal }), this.#isHeld(signal)])
    if (!kept || !isHeld) return 'lost'
    this.expiresAt = now + kept.ttl * 1000
    return 'ok'
  }

  /** An outsider may delete the key and leave the lease. */
  async #isHeld(signal?: AbortSignal): Promise<boolean> {
    for await (const { records } of this.#kv.store.scan(exactly(this.#lock.key), { signal }))
      if (records[0]) return records[0].revision === this.#lock.revision
    return false
  }

  async setStatus(
    records: readonly RawRecord[],
    status: Status,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Outcome[]> {
    const all = distinct(records)
    const outcomes: Outcome[] = []
    for (let at = 0; at < all.length; at += ABREAST) {
      const abreast = all.slice(at, at + ABREAST)
      outcomes.push(...(await Promise.all(abreast.map((record) => this.#set(record, status, signal)))))
    }
    return outcomes
  }

  async #set(record: RawRecord, status: Status, signal?: AbortSignal): Promise<Outcome> {
    const change = statusChange(this.#kv, record, status)
    if (!('operation' in change)) return change
    const { id, operation } = change
    const lock = { check: this.#lock.key, expect: this.#lock.revision }
    try {
      const [, outcome] = await this.#kv.store.write([lock, operation], { atomic: true, signal })
      return { id, result: outcome?.result ?? 'changed' }
    } catch (error) {
      // The session in which it would have been written has expired, and the lock with it.
      if (error instanceof RollcallError && error.code === 'not-found') return { id, result: 'changed' }
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await revokeQuietly(this.#kv.store, this.#lock.lease.lease)
  }
}
