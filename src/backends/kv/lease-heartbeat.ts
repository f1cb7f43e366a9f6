import { escapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import type { Heartbeat } from './registration.ts'
import type { StoreLease } from './store.ts'

/** Keeps a lease of our own, and sees that the records still hang on it: an outsider may delete a key and leave the lease. */
export class LeaseHeartbeat implements Heartbeat {
  readonly #kv: Kv
  readonly #lease: string
  readonly every: number
  expiresAt: number

  constructor(kv: Kv, { lease, ttl }: StoreLease, granted: number, every = (ttl * 1000) / 3) {
    this.#kv = kv
    this.#lease = lease
    this.every = every
    this.expiresAt = granted + ttl * 1000
  }

  async beat(records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    const now = this.#kv.now()
    const [kept, keys] = await Promise.all([this.#kv.store.keepAlive(this.#lease, { signal }), this.#keys(signal)])
    if (!kept || !records.every((record) => keys.has(record.id))) return undefined
    this.expiresAt = now + kept.ttl * 1000
    return records
  }

  async end(): Promise<void> {
    const keys = await this.#keys()
    if (keys.size === 0) await this.#kv.store.revoke(this.#lease)
  }

  /** A session would beat for ever, also when nothing hangs on it any more. */
  async release(): Promise<void> {
    if (this.#kv.store.sessions) await this.end()
  }

  async #keys(signal?: AbortSignal): Promise<Set<string>> {
    const states = await this.#kv.store.lookUp([this.#lease], { keys: true, signal })
    return new Set(states.get(this.#lease)?.keys?.map(escapeKey))
  }
}
