import { METRICS, type Metric } from './metrics.ts'
import type { Figure, Figures } from './contest.ts'

/** Above this, a measurement says more of the machine than of the program. */
export const MOST_SPREAD = 0.2

/** Fewer rounds have no spread to speak of. */
const FEWEST_ROUNDS = 3

/** What a row is to reach. */
export interface Mark {
  readonly metric: Metric
  /** `ratio`: rollcall divided by what stands beside it. `amount`: rollcall alone. */
  readonly of: 'ratio' | 'amount'
  readonly bound: 'at most' | 'at least'
  readonly value: number
  /** What is aimed at, and not promised. */
  readonly aim: boolean
}

export type Verdict = 'reached' | 'missed' | 'unsettled' | 'trial'

export function atMost(metric: Metric, value: number, aim?: 'aim'): Mark {
  return { metric, of: 'ratio', bound: 'at most', value, aim: aim !== undefined }
}

export function atLeast(metric: Metric, value: number, aim?: 'aim'): Mark {
  return { metric, of: 'ratio', bound: 'at least', value, aim: aim !== undefined }
}

export function below(metric: Metric, value: number): Mark {
  return { metric, of: 'amount', bound: 'at most', value, aim: false }
}

/** Nothing is called reached by a run on a smaller scale, or where the rounds of either side differ too much. */
export function judge(mark: Mark, ours: Figures, theirs: Figures, scale: number): Verdict {
  const [mine, other] = [ours.figures[mark.metric], theirs.figures[mark.metric]]
  if (!mine || !other) throw new Error(`${mark.metric} of "${ours.name}" and "${theirs.name}" was not measured`)
  if (scale < 1) return 'trial'
  if ([mine, other].some((figure) => !isSteady(figure))) return 'unsettled'
  const value = mark.of === 'ratio' ? mine.median / other.median : mine.median
  return (mark.bound === 'at most' ? value <= mark.value : value >= mark.value) ? 'reached' : 'missed'
}

/** A delay is below zero where a line comes before the writer sees its acknowledgement: no ratio can be taken of that. */
function isSteady({ median, spread, values }: Figure): boolean {
  return median > 0 && spread <= MOST_SPREAD && values.length >= FEWEST_ROUNDS
}

/** `client ≤ 1.2 ×` */
export function markText({ metric, of, bound, value, aim }: Mark): string {
  const amount = of === 'ratio' ? `${value} ×` : `${value} ${METRICS[metric]}`
  return `${metric} ${bound === 'at most' ? '≤' : '≥'} ${amount}${aim ? ' (aim)' : ''}`
}
