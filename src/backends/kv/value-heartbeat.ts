import type { RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import { agrees, recordsAt, type Wanted } from './present.ts'
import type { Heartbeat } from './registration.ts'
import { renewalOf } from './renew.ts'

/** AIO's own interval, in milliseconds. */
const INTERVAL = 10_000
/** How often another writer may come between reading and writing. */
const ATTEMPTS = 64

/** Writes the time of renewal into records without a lease. */
export class ValueHeartbeat implements Heartbeat {
  readonly #kv: Kv
  readonly #wanted: Wanted
  readonly every: number
  expiresAt: number

  constructor(kv: Kv, wanted: Wanted) {
    this.#kv = kv
    this.#wanted = wanted
    this.every = wanted.renewInterval ?? Math.min(INTERVAL, kv.aioTtl / 3)
    this.expiresAt = kv.now() + kv.aioTtl
  }

  async beat(_records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const present = await this.current(undefined, signal)
      if (!present) return undefined
      const written = await this.write(present, signal)
      if (written) return written
    }
    return undefined
  }

  /** The records as they are now; undefined when one is gone, or another's. */
  async current(_seen?: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined> {
    const present = await recordsAt(this.#kv, this.#wanted, signal)
    const ours = present.length === this.#wanted.records.length && agrees(this.#kv, this.#wanted, present)
    return ours ? present : undefined
  }

  /** Undefined: they are no longer as seen. */
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
