import type { Registration } from '../backends/contract/backend.ts'
import { backOff } from '../model/back-off.ts'

/** Tries of one heartbeat, and the milliseconds between them, before it backs off; as AIO's clients have it. */
const TRIES = 3
const APART = 1_000

/** Milliseconds; a timer cannot wait for more than 24 of them. */
export const DAY = 86_400_000

/** Why a heartbeat has failed that was not answered. */
export const TOO_LATE = 'no answer before the lifetime was over'

/**
 * What came of a heartbeat: `lost` where the registry no longer has the registration; `overdue` where its lifetime was over before the
 * heartbeat could be sent; or why it failed.
 */
export type BeatEnd = 'ok' | 'lost' | 'overdue' | { readonly failure: string }

/** When the heartbeats of one registration are due, and until when one has to get through. Times are those of `performance.now()`. */
export class Pulse {
  /** In milliseconds. */
  readonly every: number
  /** Heartbeats in a row that failed. */
  failed = 0
  /** In milliseconds, as far as the registry has granted it. */
  lifetime: number
  /** When the registration is lost, unless a heartbeat gets through. */
  deadline: number
  readonly #registration: Pick<Registration, 'expiresAt'>
  readonly #now: () => number
  #isLate: boolean

  /** `now` is the clock of `expiresAt`. */
  constructor(registration: Pick<Registration, 'expiresAt'>, beatEvery: number, now: () => number) {
    this.#registration = registration
    this.#now = now
    this.every = Math.min(beatEvery, DAY)
    const left = this.#left()
    // Of many that are registered together, the first may have waited long for the last.
    this.#isLate = left <= this.every
    this.lifetime = Math.max(left, this.every)
    this.deadline = performance.now() + this.lifetime
  }

  #left(): number {
    return (this.#registration.expiresAt ?? Infinity) - this.#now()
  }

  /** Milliseconds before the next heartbeat, or before the deadline. */
  wait(): number {
    const wait = this.#isLate ? 0 : this.failed === 0 ? this.every : delayAfter(this.failed, this.every)
    this.#isLate = false
    return Math.max(0, Math.min(wait, this.deadline - performance.now()))
  }

  /** A heartbeat that was sent then got through. */
  answered(sentAt: number): void {
    this.lifetime = Math.max(this.lifetime, this.#left())
    this.deadline = sentAt + this.lifetime
    this.failed = 0
  }
}

function delayAfter(failed: number, beatEvery: number): number {
  if (failed < TRIES) return Math.min(APART, beatEvery / 4)
  return backOff(failed - TRIES + 1, { first: beatEvery / 4, most: beatEvery / 2 })
}
