import { glob } from './glob.ts'

/** What is known of a registry's findings, so that only others fail. */
export interface Baseline {
  /** Keys of known findings, by the code of their rule. */
  readonly known: ReadonlyMap<string, ReadonlySet<string>>
  readonly suppressions: readonly Suppression[]
}

/** Findings that somebody has decided to leave alone for a while. */
export interface Suppression {
  /** Codes. */
  readonly rules: readonly string[]
  /** Names or globs. */
  readonly keys: readonly string[]
  readonly reason: string
  /** The last day, in UTC, on which it holds: `2027-01-31`. */
  readonly until: string
  /** Where it stands in its file. */
  readonly at: { readonly line: number; readonly column: number }
}

export const EMPTY_BASELINE: Baseline = { known: new Map(), suppressions: [] }

/** Judges findings by a baseline, and counts those that it expects. */
export class BaselineTally {
  known = 0
  suppressed = 0
  readonly #known: Baseline['known']
  readonly #tests = new Map<string, ((key: string) => boolean)[]>()

  /** `now` in milliseconds since 1970. */
  constructor({ known, suppressions }: Baseline, now: number) {
    this.#known = known
    for (const { rules, keys, until } of suppressions) {
      if (isOver(until, now)) continue
      const tests = keys.map(glob)
      for (const rule of rules) this.#tests.set(rule, [...(this.#tests.get(rule) ?? []), ...tests])
    }
  }

  /** Whether it is suppressed, or else known. */
  isExpected({ rule, key }: { readonly rule: string; readonly key: string }): boolean {
    if (this.#tests.get(rule)?.some((test) => test(key))) {
      this.suppressed++
      return true
    }
    if (!this.#known.get(rule)?.has(key)) return false
    this.known++
    return true
  }
}

/** The suppressions that no longer hold. */
export function endedIn({ suppressions }: Baseline, now: number): Suppression[] {
  return suppressions.filter(({ until }) => isOver(until, now))
}

const DAY = 86_400_000

function isOver(until: string, now: number): boolean {
  return now >= Date.parse(`${until}T00:00:00Z`) + DAY
}
