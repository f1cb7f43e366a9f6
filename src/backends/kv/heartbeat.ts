import type { RawRecord } from '../../model/record.ts'
import type { KvContext } from './context.ts'
import { agrees, recordsAt, type WantedRegistration } from './existing.ts'
import { renewalOf } from './changes.ts'
import { escapeKey } from '../../model/key.ts'
import type { HeldLease } from './holding.ts'
import { exactly, type StoreLease } from './store.ts'
import { keyOf, valueOf } from './record.ts'

/**
 * Renews our own lease and checks that the records are still attached to it, since another client can delete a key and
 * leave the lease.
 */
export class LeaseHeartbeat implements Heartbeat {
  readonly #kv: KvContext
  readonly #lease: string
  readonly every: number
  readonly early: number | undefined
  /** Milliseconds for which a heartbeat can wait for others to share a request, without being late for the lease. */
  readonly #patience: number
  /** The records of the latest heartbeat, which stay the same, and what is renewed for them. */
  #latest: { readonly records: readonly RawRecord[]; readonly held: HeldLease } | undefined
  expiresAt: number

  constructor(kv: KvContext, { lease, ttl }: StoreLease, granted: number, every = (ttl * 1000) / 3) {
    this.#kv = kv
    this.#lease = lease
    this.every = every
    this.early = kv.store.keepHolding && every / 2
    this.#patience = Math.max(0, Math.min(every, ttl * 1000 - every) / 10)
    this.expiresAt = granted + ttl * 1000
  }

  /** Without `async`, which takes more memory than all else that is done here: of a thousand leases that is most of what is to be collected. */
  beat(records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    const now = this.#kv.now()
    return this.#keep(records, signal).then((kept) => {
      if (!kept) return undefined
      this.renewed(now, kept.ttl)
      return records
    })
  }

  /** A heartbeat that was sent at that time, in milliseconds since 1970, has got so many seconds. */
  renewed(sentAt: number, ttl: number): void {
    this.expiresAt = sentAt + ttl * 1000
  }

  /** What is renewed for these records. */
  held(records: readonly RawRecord[]): HeldLease {
    if (this.#latest?.records !== records) {
      const held = { lease: this.#lease, keys: records.map(keyOf), patience: this.#patience }
      this.#latest = { records, held }
    }
    return this.#latest.held
  }

  /** Asks the store for the lease: a heartbeat may have succeeded although its answer was lost. */
  async remaining(signal?: AbortSignal): Promise<number | undefined> {
    const state = (await this.#kv.store.lookUp([this.#lease], { signal })).get(this.#lease)
    return state && state.remaining * 1000
  }

  /** Records with our bytes on our lease are ours, even if another client has put them back. */
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

  /** A session would beat for ever, even with no record left on it. */
  async release(): Promise<void> {
    if (this.#kv.store.sessions) await this.end()
  }

  /** Undefined where the lease is gone, or one of the records is no longer attached to it. */
  #keep(records: readonly RawRecord[], signal: AbortSignal | undefined): Promise<StoreLease | undefined> {
    const { store } = this.#kv
    if (!store.keepHolding) return this.#keepAndLookUp(records, signal)
    const { lease, keys, patience } = this.held(records)
    return store.keepHolding(lease, keys, { patience, signal })
  }

  async #keepAndLookUp(
    records: readonly RawRecord[],
    signal: AbortSignal | undefined,
  ): Promise<StoreLease | undefined> {
    const [kept, keys] = await Promise.all([this.#kv.store.keepAlive(this.#lease, { signal }), this.#keys(signal)])
    return records.every((record) => keys.has(record.id)) ? kept : undefined
  }

  async #keys(signal?: AbortSignal): Promise<Set<string>> {
    const states = await this.#kv.store.lookUp([this.#lease], { keys: true, signal })
    return new Set(states.get(this.#lease)?.keys?.map(escapeKey))
  }
}

/** The interval of AIO's own clients, in milliseconds. */
const INTERVAL = 10_000
/** Attempts to write while other writers change the record between reading and writing. */
const ATTEMPTS = 64

/** Writes the time of renewal into records without a lease. */
export class ValueHeartbeat implements Heartbeat {
  readonly #kv: KvContext
  readonly #wanted: WantedRegistration
  readonly every: number
  expiresAt: number

  constructor(kv: KvContext, wanted: WantedRegistration) {
    this.#kv = kv
    this.#wanted = wanted
    this.every = wanted.renewInterval ?? Math.min(INTERVAL, kv.aioTtl / 3)
    this.expiresAt = kv.now() + kv.aioTtl
  }

  async beat(_records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const existing = await this.current(undefined, signal)
      if (!existing) return undefined
      const written = await this.write(existing, signal)
      if (written) return written
    }
    return undefined
  }

  /** The records as they are now; undefined when one is gone or belongs to another process. */
  async current(_seen?: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    const existing = await recordsAt(this.#kv, this.#wanted, signal)
    const ours = existing.length === this.#wanted.records.length && agrees(this.#kv, this.#wanted, existing)
    return ours ? existing : undefined
  }

  /** Writes the time of renewal. Undefined when a record has changed since it was read. */
  async write(seen: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    const now = this.#kv.now()
    const changes = seen.flatMap((record) => renewalOf(this.#kv, record, this.#wanted.layout) ?? [])
    if (changes.length < seen.length) return undefined
    const operations = changes.map((change) => change.operation)
    const outcomes = await this.#kv.store.write(operations, { atomic: true, signal })
    if (outcomes.some((outcome) => outcome.result !== 'done')) return undefined
    this.expiresAt = now + this.#kv.aioTtl
    return seen.map((record, at) => ({
      ...record,
      body: operations[at]?.value ?? record.body,
      revision: outcomes[at]?.revision,
    }))
  }
}

/** What keeps a registration alive. Without `beat` the registration needs no heartbeats. */
export interface Heartbeat {
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
  /** Milliseconds. */
  readonly every?: number
  /** Milliseconds by which it may be early. */
  readonly early?: number | undefined
  /** Sends one heartbeat. Resolves with the records as they are after it, or undefined when they are lost. */
  beat?(records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined>
  /** Milliseconds until the records expire without a heartbeat, as the store reports it; undefined when they have expired. */
  remaining?(signal?: AbortSignal): Promise<number | undefined>
  /** The records as they are now, if other writers may change them without taking them over; undefined when they are lost. */
  current?(seen: readonly RawRecord[]): Promise<readonly RawRecord[] | undefined>
  /** Releases the lease, after the records were removed. */
  end?(): Promise<void>
  /** Stops the heartbeat and leaves the records. */
  release?(): Promise<void>
}
