import { hash } from 'node:crypto'
import type { Chance } from '../../src/balance/candidate.ts'

/** The same numbers for the same seed. */
export function seeded(seed: number): Chance {
  let drawn = 0
  return () => Number.parseInt(hash('sha1', `${seed} ${drawn++}`).slice(0, 12), 16) / 2 ** 48
}

/**
 * How far the counts lie from what was expected, as a multiple of what chance alone exceeds once in a thousand times: below
 * 1 they agree. The threshold is Wilson and Hilferty's approximation of the chi-square distribution's.
 */
export function misfit(counts: readonly number[], expected: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0)
  const whole = expected.reduce((a, b) => a + b, 0)
  const square = counts.reduce((sum, count, at) => {
    const due = (total * (expected[at] ?? 0)) / whole
    return sum + (count - due) ** 2 / due
  }, 0)
  const freedom = counts.length - 1
  const spread = 2 / (9 * freedom)
  return square / (freedom * (1 - spread + 3.0902 * Math.sqrt(spread)) ** 3)
}

/** How often each key was chosen in so many choices, in the order of the keys. */
export function counted(
  keys: readonly string[],
  times: number,
  choose: (at: number) => { key: string } | undefined,
): number[] {
  const counts = new Map(keys.map((key) => [key, 0]))
  for (let at = 0; at < times; at++) {
    const key = choose(at)?.key ?? 'nobody'
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts.values()]
}
