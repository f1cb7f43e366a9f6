/** Who is remembered at most; then all are forgotten, which lets a few more through and bounds the memory. */
const REMEMBERED = 10_000

/** So many requests a second for each who asks, and twice as many at once. */
export class Rate {
  readonly #perSecond: number
  readonly #buckets = new Map<string, { left: number; at: number }>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Whether one more may pass at this time (milliseconds). */
  take(who: string, now: number): boolean {
    if (this.#buckets.size >= REMEMBERED) this.#buckets.clear()
    const full = 2 * this.#perSecond
    const { left, at } = this.#buckets.get(who) ?? { left: full, at: now }
    const refilled = Math.min(full, left + ((now - at) / 1000) * this.#perSecond)
    this.#buckets.set(who, { left: Math.max(0, refilled - 1), at: now })
    return refilled >= 1
  }
}
