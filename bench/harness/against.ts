import type { Figures, Result } from './contest.ts'
import { MOST_SPREAD } from './marks.ts'
import { NAMES } from './metrics.ts'
import type { RunRecord } from './record.ts'

const HEADER = ['work', 'beside', 'measure', 'then', 'now', 'now / then', '']

/**
 * Compares two runs by rollcall's ratios to what stood beside it in each: times of two runs cannot be compared, since the
 * machine had other work. A work that only one of them has is left out.
 */
export function against(earlier: RunRecord, results: readonly Result[]): string {
  const before = new Map(earlier.results.map((result) => [result.title, result]))
  const rows = results.flatMap((now) => {
    const then = before.get(now.title)
    return then === undefined ? [] : compare(then, now)
  })
  if (rows.length === 0) return 'The earlier run has none of these works.'
  return [HEADER, HEADER.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function compare(then: Result, now: Result): string[][] {
  return now.peers.flatMap((peer) => {
    const former = then.peers.find(({ name }) => name === peer.name)
    if (former === undefined) return []
    return NAMES.flatMap((metric) => {
      const figures = [then.ours, former, now.ours, peer].flatMap((each: Figures) => each.figures[metric] ?? [])
      const [mine, theirs, ours, other] = figures.map((figure) => figure.median)
      if (!mine || !theirs || !ours || !other) return []
      const [before, after] = [mine / theirs, ours / other]
      const noisy = Math.max(...figures.map((figure) => figure.spread)) > MOST_SPREAD
      const cells = [before, after, after / before].map((ratio) => ratio.toFixed(2))
      return [[now.title, peer.name, metric, ...cells, noisy ? 'unsettled' : '']]
    })
  })
}
