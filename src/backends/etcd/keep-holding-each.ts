import type { HeldLease, HoldingResults } from '../kv/holding.ts'
import type { Attempt, SentTogether } from './heartbeat-batch.ts'
import type { Heartbeats } from './heartbeats.ts'
import type { KeyCheckResults, LeaseKeyChecks } from './lease-key-checks.ts'

/**
 * One heartbeat of each lease, and one check of its keys, at the same time: each is lost where the lease is gone, or one of the keys is
 * no longer attached to it. Returns what gives up one of them, by its place.
 */
export function keepHoldingEach(
  { heartbeats, checks }: { readonly heartbeats: Heartbeats; readonly checks: LeaseKeyChecks },
  held: readonly HeldLease[],
  results: HoldingResults,
): (at: number) => void {
  const together = new HeldTogether(held, results)
  void heartbeats.send(together)
  checks.askEach(held, together)
  return (at) => together.giveUp(at)
}

/** The seconds of a lease whose heartbeat has no answer, and of one for whose answer nobody waits any more. */
const [WAITING, NO_MATTER] = [-1, -2]
/** What the check of its keys has come to. */
const [UNKNOWN, HELD, LOST] = [0, 1, 2]

/** Waits for the answers to both, in arrays by place: objects of a thousand leases would be most of what keeping them costs. */
export class HeldTogether implements SentTogether, KeyCheckResults {
  readonly over: Promise<void>
  readonly #results: HoldingResults
  readonly #leases: readonly string[]
  readonly #ttls: number[]
  readonly #checks: Uint8Array
  /** 1 where the result is reported, or nobody wants it. */
  readonly #isSettled: Uint8Array
  #waiting: number
  #end: () => void = () => {}

  constructor(held: readonly HeldLease[], results: HoldingResults) {
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#results = results
    this.#leases = held.map(({ lease }) => lease)
    this.#ttls = held.map(() => WAITING)
    this.#checks = new Uint8Array(held.length)
    this.#isSettled = new Uint8Array(held.length)
    this.#waiting = held.length
  }

  attempt(): Attempt {
    const all = this.#leases
    if (this.#waiting === all.length) return { leases: all, answer: (at, ttl) => this.#answer(at, ttl) }
    const places = [...all.keys()].filter((at) => this.#ttls[at] === WAITING)
    const leases = places.map((at) => all[at] ?? '')
    return { leases, answer: (at, ttl) => this.#answer(places[at] ?? -1, ttl) }
  }

  #answer(at: number, ttl: number): void {
    if (this.#ttls[at] !== WAITING) return
    this.#ttls[at] = Math.max(0, ttl)
    this.#answered()
    if (this.#checks[at] !== UNKNOWN) this.#settle(at, at + 1)
  }

  #answered(): void {
    if (--this.#waiting === 0) this.#end()
  }

  held(from: number, to: number): void {
    this.#checks.fill(HELD, from, to)
    this.#settle(from, to)
  }

  told(at: number, isHeld: boolean): void {
    this.#checks[at] = isHeld ? HELD : LOST
    this.#settle(at, at + 1)
  }

  /** Tells what is known of these places by both answers. */
  #settle(from: number, to: number): void {
    const kept: number[] = []
    for (let at = from; at < to; at++) {
      const ttl = this.#ttls[at] ?? NO_MATTER
      if (ttl < 0 || this.#isSettled[at] === 1) continue
      this.#isSettled[at] = 1
      if (ttl > 0 && this.#checks[at] === HELD) kept.push(at)
      else this.#results.lost(at)
    }
    if (kept.length > 0) this.#results.kept(kept, this.#ttls)
  }

  failed(at: number, error: unknown): void {
    if (this.#isSettled[at] === 1) return
    this.#isSettled[at] = 1
    this.#results.failed(at, error)
  }

  /** For all whose heartbeats have no answer. */
  fail(error: unknown): void {
    const failing = [...this.#ttls.keys()].filter((at) => this.#ttls[at] === WAITING)
    for (const at of failing) this.#forget(at)
    for (const at of failing) this.failed(at, error)
  }

  giveUp(at: number): void {
    this.#isSettled[at] = 1
    this.#forget(at)
  }

  #forget(at: number): void {
    if (this.#ttls[at] !== WAITING) return
    this.#ttls[at] = NO_MATTER
    this.#answered()
  }
}
