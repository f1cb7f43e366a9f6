import type { Candidate, Chance } from './candidate.ts'
import { random } from './random.ts'

/** Two different ones by chance; fewer where there are fewer. */
export function twoOf<C extends Candidate>(candidates: readonly C[], chance: Chance): C[] {
  const first = random(candidates, chance)
  const second = random(
    candidates.filter((each) => each !== first),
    chance,
  )
  return [first, second].filter((each) => each !== undefined)
}

/** The one with the shorter round trip (milliseconds); one that is not known goes first, so that it becomes known. */
export function quicker<C extends Candidate>(
  [first, second]: readonly C[],
  roundTrip: (candidate: C) => number | undefined,
): C | undefined {
  if (!first || !second) return first
  return (roundTrip(second) ?? 0) < (roundTrip(first) ?? 0) ? second : first
}
