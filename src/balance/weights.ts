import type { Candidate } from './candidate.ts'

/** What an instance without a weight weighs. Source: Kratos' selector, `defaultWeight`. */
const DEFAULT = 100

/**
 * The weights in the order of the candidates, none negative, their sum finite and above 0. One of 0, below 0 or no number
 * gets nothing while another has more; where none has more, all weigh the same.
 */
export function weightsOf(candidates: readonly Candidate[]): number[] {
  const said = candidates.map(({ weight = DEFAULT }) => (weight > 0 ? Math.min(weight, Number.MAX_VALUE) : 0))
  const most = said.reduce((a, b) => Math.max(a, b), 0)
  if (most === 0) return said.map(() => 1)
  // Usual ones stay as they are, so that whole numbers are added up exactly.
  return most >= 1 && sum(said) <= Number.MAX_SAFE_INTEGER ? said : said.map((weight) => weight / most)
}

export function sum(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0)
}
