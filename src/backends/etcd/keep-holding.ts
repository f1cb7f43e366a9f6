import { onAbort } from '../../model/signals.ts'
import type { HeldLease, HoldingResults } from '../kv/holding.ts'
import type { StoreLease } from '../kv/store.ts'
import { leaseDigits } from './calls.ts'
import type { HeartbeatBatch, HeartbeatCaller } from './heartbeat-batch.ts'
import type { Heartbeats } from './heartbeats.ts'
import type { LeaseKeyCheck, LeaseKeyChecks } from './lease-key-checks.ts'

/** What it takes to keep a lease, and to know that its keys are still attached to it. */
export interface Holding {
  readonly heartbeats: Heartbeats
  readonly checks: LeaseKeyChecks
}

/**
 * One heartbeat of each lease, and one check of its keys, at the same time. Returns what gives up one of them, by its place. One small
 * object for both: promises and listeners of a thousand leases would be most of what keeping them costs.
 */
export function keepHoldingEach(
  { heartbeats, checks }: Holding,
  held: readonly HeldLease[],
  results: HoldingResults,
): (at: number) => void {
  const batch = heartbeats.next
  const all = held.map((one, at) => new HeldOnce(one, at, batch, results))
  for (const one of all) {
    batch.call(one.lease, one)
    checks.ask(one, one.patience)
  }
  return (at) => all[at]?.giveUp()
}

/** The same for one lease. Undefined where the lease is gone, or one of the keys is no longer attached to it. */
export function keepHolding(
  holding: Holding,
  held: HeldLease,
  signal: AbortSignal | undefined,
): Promise<StoreLease | undefined> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stopListening = onAbort(signal, () => {
      giveUp(0)
      reject(signal?.reason)
    })
    const answer = (lease: StoreLease | undefined): void => {
      stopListening()
      resolve(lease)
    }
    const giveUp = keepHoldingEach(holding, [held], {
      kept: (_, ttl) => answer({ lease: held.lease, ttl }),
      lost: () => answer(undefined),
      failed(_, error) {
        stopListening()
        reject(error)
      },
    })
  })
}

/** Waits for the answers to both. */
class HeldOnce implements HeartbeatCaller, LeaseKeyCheck {
  readonly lease: string
  readonly keys: readonly Uint8Array[]
  readonly patience: number
  readonly #at: number
  readonly #batch: HeartbeatBatch
  readonly #results: HoldingResults
  #ttl: number | undefined
  #isHeld: boolean | undefined
  #isOver = false

  constructor({ lease, keys, patience }: HeldLease, at: number, batch: HeartbeatBatch, results: HoldingResults) {
    this.lease = leaseDigits(lease)
    this.keys = keys
    this.patience = patience
    this.#at = at
    this.#batch = batch
    this.#results = results
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
    if (this.#isOver) return
    this.#isOver = true
    this.#results.failed(this.#at, error)
  }

  giveUp(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#batch.giveUp(this.lease, this)
  }

  #settle(): void {
    if (this.#isOver || this.#ttl === undefined || this.#isHeld === undefined) return
    this.#isOver = true
    if (this.#isHeld && this.#ttl > 0) this.#results.kept(this.#at, this.#ttl)
    else this.#results.lost(this.#at)
  }
}
