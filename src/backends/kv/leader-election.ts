import { hostname } from 'node:os'
import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Leadership, ElectionOptions } from '../contract/backend.ts'
import { exactly, type StoreLease } from './store.ts'
import { type KvContext, placeToWrite } from './context.ts'
import { revokeQuietly } from './leases.ts'
import { distinct } from './changes.ts'
import { statusChange } from './status.ts'
import { lockKeyOf } from './prefix.ts'

/** Waits until the lock of the AIO prefix is free and takes it. The lock is a key on a lease of its own. */
export async function electLeader(kv: KvContext, options: ElectionOptions): Promise<Leadership> {
  const key = lockKeyOf(placeToWrite(kv, 'aio').prefix.text)
  for (;;) {
    await untilFree(kv, key, options)
    options.signal?.throwIfAborted()
    const taken = await take(kv, key, options)
    if (taken) return taken
  }
}

async function take(kv: KvContext, key: Uint8Array, { ttl, signal }: ElectionOptions): Promise<Leadership | undefined> {
  const { store, now } = kv
  const granted = now()
  const lease = await store.grant(Math.max(ttl, store.ttl.least), { signal })
  try {
    const put = {
      put: key,
      value: Buffer.from(`${hostname()}, process ${process.pid}`),
      lease: lease.lease,
      expect: null,
    }
    const [outcome] = await store.write([put], { signal })
    if (outcome?.error) throw outcome.error
    const { revision } = outcome ?? {}
    if (revision !== undefined) return new KvLeadership(kv, { key, revision, lease }, granted)
  } catch (error) {
    await revokeQuietly(store, lease.lease)
    throw error
  }
  await revokeQuietly(store, lease.lease)
  return undefined
}

/** Waits for the key of the lock to be gone: it ends with its lease. Also returns once the signal is aborted. */
async function untilFree(
  { store }: KvContext,
  key: Uint8Array,
  { signal = new AbortController().signal, onStandby }: ElectionOptions,
): Promise<void> {
  const range = exactly(key)
  let reported: string | undefined
  let since: string | undefined
  const isFree = async (): Promise<boolean> => {
    for await (const { records, revision } of store.scan(range, { signal })) {
      since = store.unordered ? undefined : revision
      const [held] = records
      if (!held) continue
      const leader = Buffer.from(held.value).toString('utf8')
      if (leader !== reported) onStandby?.(leader)
      reported = leader
      return false
    }
    return true
  }
  if (await isFree()) return
  try {
    for await (const event of store.watch([range], { since, signal })) {
      const mayBeFree = event.is === 'changes' || (store.unordered && event.is === 'progress')
      if (mayBeFree && (await isFree())) return
    }
  } catch (error) {
    if (!(error instanceof RollcallError && error.code === 'history-lost')) throw error
  }
}

/** Writes in flight at once. Each is atomic by itself, so that a record that changed does not stop the others. */
const ABREAST = 32

export interface Lock {
  readonly key: Uint8Array
  /** Revision of the put that took the lock. */
  readonly revision: string
  readonly lease: StoreLease
}

/**
 * The lock, held. Every write is bound to the lock at the revision at which it was taken, so a process that has lost it
 * writes nothing, even before it notices.
 */
export class KvLeadership implements Leadership {
  readonly beatEvery: number
  expiresAt: number
  readonly #kv: KvContext
  readonly #lock: Lock

  constructor(kv: KvContext, lock: Lock, granted: number) {
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

  /** Whether the key is still ours: another client can delete it and leave the lease. */
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
