import type { Candidate } from './candidate.ts'
import { sum, weightsOf } from './weights.ts'

/** The keys of candidates, and what each is owed. */
export type Credits = readonly (readonly [key: string, owed: number])[]

/**
 * Each as often as it weighs, and spread evenly: of weights 5, 1, 1 the first never comes five times in a row. Each is
 * credited its weight, the one with the most is chosen and pays for all. Source: nginx, `ngx_http_upstream_round_robin.c`.
 */
export function smoothWeighted<C extends Candidate>(
  candidates: readonly C[],
  credits: Credits = [],
): { readonly chosen: C | undefined; readonly credits: Credits } {
  const before = new Map(credits)
  const weights = weightsOf(candidates)
  const next = new Map(candidates.map(({ key }, at) => [key, (before.get(key) ?? 0) + (weights[at] ?? 0)]))
  const owed = ({ key }: C): number => next.get(key) ?? 0
  const weighing = candidates.filter((_, at) => weights[at] !== 0)
  const [first] = weighing
  if (!first) return { chosen: undefined, credits: [] }
  const chosen = weighing.reduce((best, each) => (owed(each) > owed(best) ? each : best), first)
  next.set(chosen.key, owed(chosen) - sum(weights))
  return { chosen, credits: [...next] }
}
