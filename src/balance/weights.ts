import type { Candidate } from './candidate.ts'

/** What an instance without a weight weighs. Source: Kratos' selector, `defaultWeight`. */
const DEFAULT = 100

/**
 * What each weighs for whoever reads the weights: the registry itself where it has one for all, Kratos' clients where the
 * metadata of one have it.
 */
function said(candidates: readonly Candidate[]): number[] {
  const own = candidates.flatMap(({ registryWeight }) => registryWeight ?? [])
  return own.length === candidates.length ? own : candidates.map(({ weight = DEFAULT }) => weight)
}

/**
 * The weights in the order of the candidates, none negative, their sum finite and above 0. One of 0, below 0 or no number
 * gets nothing while another has more; where none has more, all weigh the same.
 */
export function weightsOf(candidates: readonly Candidate[]): number[] {
  const weights = said(candidates).map((weight) => (weight > 0 ? Math.min(weight, Number.MAX_VALUE) : 0))
  const most = weights.reduce((a, b) => Math.max(a, b), 0)
  if (most === 0) return weights.map(() => 1)
  // Usual ones stay as they are, so that whole numbers are added up exactly.
  return most >= 1 && sum(weights) <= Number.MAX_SAFE_INTEGER ? weights : weights.map((weight) => weight / most)
}

export function sum(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0)
}
