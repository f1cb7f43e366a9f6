import type { Candidate, Chance } from './candidate.ts'
import { sum, weightsOf } from './weights.ts'

/** Any of them, each as often as any other. */
export function random<C extends Candidate>(candidates: readonly C[], chance: Chance): C | undefined {
  return candidates[Math.floor(chance() * candidates.length)]
}

/** Any of them, each as often as it weighs. */
export function weightedRandom<C extends Candidate>(candidates: readonly C[], chance: Chance): C | undefined {
  const weights = weightsOf(candidates)
  let rest = chance() * sum(weights)
  const at = weights.findIndex((weight) => (rest -= weight) < 0)
  // Rounding can leave a rest behind the last that weighs something.
  return candidates[at >= 0 ? at : weights.findLastIndex((weight) => weight > 0)]
}
