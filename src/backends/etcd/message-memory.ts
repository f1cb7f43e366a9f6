/** Less than this is not worth keeping, and more is too much to keep. */
const LEAST_KEPT = 64 << 10
const MOST_KEPT = 8 << 20

/** Memory for one large message after the other. Node would free what it has allocated for each only after dozens of megabytes. */
export class MessageMemory {
  readonly #usual: number
  #kept: Buffer | undefined

  /** `usual`: what nearly every message fits in. */
  constructor(usual: number) {
    this.#usual = usual
  }

  /** Room for a message, where that before was; undefined for a message that needs memory of its own. */
  take(length: number): Buffer | undefined {
    if (length < LEAST_KEPT || length > MOST_KEPT) return undefined
    if (!this.#kept || this.#kept.length < length) this.#kept = Buffer.allocUnsafeSlow(Math.max(length, this.#usual))
    return this.#kept.subarray(0, length)
  }
}
