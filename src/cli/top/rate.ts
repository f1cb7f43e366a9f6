/** Seconds that are looked back on. */
const WINDOW = 60

/** How many changes there were in the last minute, counted by the second. */
export class Rate {
  #seconds: Map<number, number> | undefined

  /** `at`: in milliseconds since 1970. */
  add(at: number): void {
    const second = Math.floor(at / 1000)
    this.#seconds ??= new Map()
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + 1)
    if (this.#seconds.size > WINDOW) this.#forget(second)
  }

  perMinute(now: number): number {
    if (!this.#seconds) return 0
    this.#forget(Math.floor(now / 1000))
    return [...this.#seconds.values()].reduce((sum, count) => sum + count, 0)
  }

  #forget(now: number): void {
    for (const second of this.#seconds?.keys() ?? []) {
      if (second <= now - WINDOW) this.#seconds?.delete(second)
    }
  }
}
