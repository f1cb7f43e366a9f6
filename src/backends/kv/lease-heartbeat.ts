import { escapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import { exactly } from './key-range.ts'
import { keyOf, valueOf } from './record.ts'
import type { Heartbeat } from './registration.ts'
import type { StoreLease } from './store.ts'

/** Keeps a lease of our own, and sees that the records still hang on it: an outsider may delete a key and leave the lease. */
export class LeaseHeartbeat implements Heartbeat {
  readonly #kv: Kv
  readonly #lease: string
  readonly every: number
  /** Milliseconds that a heartbeat may take to go together with others, without one coming too late for the lease. */
  readonly #patience: number
  expiresAt: number

  constructor(kv: Kv, { lease, ttl }: StoreLease, granted: number, every = (ttl * 1000) / 3) {
    this.#kv = kv
    this.#lease = lease
    this.every = every
    this.#patience = Math.max(0, Math.min(every, ttl * 1000 - every) / 10)
    this.expiresAt = granted + ttl * 1000
  }

  async beat(records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    const now = this.#kv.now()
    const { store } = this.#kv
    const [kept, held] = await Promise.all([store.keepAlive(this.#lease, { signal }), this.#holds(records, signal)])
    if (!kept || !held) return undefined
    this.expiresAt = now + kept.ttl * 1000
    return records
  }

  /** What the store knows of the lease: a heartbeat may have been carried out whose answer did not come back. */
  async remaining(signal?: AbortSignal): Promise<number | undefined> {
    const state = (await this.#kv.store.lookUp([this.#lease], { signal })).get(this.#lease)
    return state && state.remaining * 1000
  }

  /** What lies there byte for byte on our own lease is ours, also when another has put it back. */
  async current(seen: readonly RawRecord[]): Promise<readonly RawRecord[]> {
    const there: RawRecord[] = []
    for (const record of seen)
      for await (const page of this.#kv.store.scan(exactly(keyOf(record))))
        for (const { value, lease, revision } of page.records)
          if (lease === this.#lease && Buffer.compare(value, valueOf(record)) === 0) there.push({ ...record, revision })
    return there
  }

  async end(): Promise<void> {
    const keys = await this.#keys()
    if (keys.size === 0) await this.#kv.store.revoke(this.#lease)
  }

  /** A session would beat for ever, also when nothing hangs on it any more. */
  async release(): Promise<void> {
    if (this.#kv.store.sessions) await this.end()
  }

  async #holds(records: readonly RawRecord[], signal?: AbortSignal): Promise<boolean> {
    const { store } = this.#kv
    if (store.holds) return await store.holds(this.#lease, records.map(keyOf), { patience: this.#patience, signal })
    const keys = await this.#keys(signal)
    return records.every((record) => keys.has(record.id))
  }

  async #keys(signal?: AbortSignal): Promise<Set<string>> {
    const states = await this.#kv.store.lookUp([this.#lease], { keys: true, signal })
    return new Set(states.get(this.#lease)?.keys?.map(escapeKey))
  }
}
