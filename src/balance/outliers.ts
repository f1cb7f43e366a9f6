import type { Candidate } from './candidate.ts'

export interface OutlierOptions {
  /** Failures in a row after which a candidate is left out. */
  readonly failures: number
  /** For how many milliseconds. */
  readonly leftOutFor: number
}

/** Who fails repeatedly is left out for a while, and again at the next failure after that; the last one never is. */
export class Outliers {
  readonly #options: OutlierOptions
  readonly #inARow = new Map<string, number>()
  readonly #until = new Map<string, number>()

  constructor(options: OutlierOptions) {
    this.#options = options
  }

  succeeded(key: string): void {
    this.#inARow.delete(key)
    this.#until.delete(key)
  }

  /** `now` in milliseconds; `candidates` are all there are. */
  failed(key: string, candidates: readonly Candidate[], now: number): void {
    const failures = (this.#inARow.get(key) ?? 0) + 1
    this.#inARow.set(key, failures)
    const others = candidates.filter((each) => each.key !== key && this.#isIn(each.key, now))
    if (failures >= this.#options.failures && others.length > 0) this.#until.set(key, now + this.#options.leftOutFor)
  }

  /** Those that are not left out; all of them when there are no others. */
  among<C extends Candidate>(candidates: readonly C[], now: number): readonly C[] {
    const left = candidates.filter(({ key }) => this.#isIn(key, now))
    return left.length > 0 ? left : candidates
  }

  /** Forgets all others. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#inARow.keys()) {
      if (keys.has(key)) continue
      this.#inARow.delete(key)
      this.#until.delete(key)
    }
  }

  #isIn(key: string, now: number): boolean {
    return now >= (this.#until.get(key) ?? 0)
  }
}
