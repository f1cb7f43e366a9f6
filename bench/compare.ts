/** One thing that is measured again and again: what it took each time. */
export type Measure = () => Promise<number>

/**
 * Measures in turn (A B C A B C …), so that what else the machine does falls on all of them alike.
 * One round before the first is not counted.
 */
export async function inTurn(measures: readonly Measure[], rounds: number): Promise<number[][]> {
  for (const measure of measures) await measure()
  const all: number[][] = measures.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, measure] of measures.entries()) all[at]?.push(await measure())
  }
  return all
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** The value below which that share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}
