/** How much a new measurement counts beside all before it. */
const NEW = 0.3
/** Milliseconds after which a measurement is out of date: a candidate that was slow once is tried again. */
const FORGOTTEN = 10_000

/** How long each took lately, a moving average in milliseconds. */
export class RoundTrips {
  readonly #measured = new Map<string, { readonly average: number; readonly at: number }>()

  /** `now` in milliseconds. */
  measured(key: string, milliseconds: number, now: number): void {
    const before = this.of(key, now) ?? milliseconds
    this.#measured.set(key, { average: before + NEW * (milliseconds - before), at: now })
  }

  of(key: string, now: number): number | undefined {
    const known = this.#measured.get(key)
    return known && now - known.at < FORGOTTEN ? known.average : undefined
  }

  /** Forgets all others. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#measured.keys()) if (!keys.has(key)) this.#measured.delete(key)
  }
}
