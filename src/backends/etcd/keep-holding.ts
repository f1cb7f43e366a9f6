import { onAbort } from '../../model/signals.ts'
import type { StoreLease } from '../kv/store.ts'
import type { HeartbeatBatch, HeartbeatCaller } from './heartbeat-batch.ts'
import type { Heartbeats } from './heartbeats.ts'
import type { LeaseKeyCheck, LeaseKeyChecks } from './lease-key-checks.ts'

interface Held {
  /** In sixteen digits. */
  readonly lease: string
  readonly keys: readonly Uint8Array[]
  /** Milliseconds that the check can wait for others. */
  readonly patience: number
  readonly signal: AbortSignal | undefined
}

/**
 * One heartbeat of a lease, and one check of its keys, at the same time. Undefined where the lease is gone, or one of the keys is no
 * longer attached to it. One promise and one listener for both: of a thousand leases, those are most of what keeping them costs.
 */
export function keepHolding(
  { heartbeats, checks }: { readonly heartbeats: Heartbeats; readonly checks: LeaseKeyChecks },
  held: Held,
): Promise<StoreLease | undefined> {
  return new Promise((resolve, reject) => {
    held.signal?.throwIfAborted()
    const batch = heartbeats.next
    const one = new Holding(held, batch, resolve, reject)
    batch.call(held.lease, one)
    checks.ask(one, held.patience)
  })
}

/** Waits for the answers to both. */
class Holding implements HeartbeatCaller, LeaseKeyCheck {
  readonly lease: string
  readonly keys: readonly Uint8Array[]
  readonly #batch: HeartbeatBatch
  readonly #resolve: (lease: StoreLease | undefined) => void
  readonly #reject: (error: unknown) => void
  readonly #stopListening: () => void
  #ttl: number | undefined
  #isHeld: boolean | undefined

  constructor(
    { lease, keys, signal }: Held,
    batch: HeartbeatBatch,
    resolve: (lease: StoreLease | undefined) => void,
    reject: (error: unknown) => void,
  ) {
    this.lease = lease
    this.keys = keys
    this.#batch = batch
    this.#resolve = resolve
    this.#reject = reject
    this.#stopListening = onAbort(signal, () => {
      this.#batch.giveUp(lease, this)
      this.#reject(signal?.reason)
    })
  }

  answer(ttl: number): void {
    this.#ttl = ttl
    this.#settle()
  }

  tell(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.#settle()
  }

  fail(error: unknown): void {
    this.#stopListening()
    this.#reject(error)
  }

  #settle(): void {
    if (this.#ttl === undefined || this.#isHeld === undefined) return
    this.#stopListening()
    this.#resolve(this.#isHeld && this.#ttl > 0 ? { lease: this.lease, ttl: this.#ttl } : undefined)
  }
}
