import type { Figures, JudgedMark, Result } from './contest.ts'
import { markText } from './marks.ts'
import { type Metric, amount } from './metrics.ts'

const HEADER = ['work', 'program', 'wall', 'client', 'server', 'other', 'to reach']
const COLUMNS: readonly Metric[] = ['wall', 'client', 'server']
const OTHERS: readonly Metric[] = ['memory', 'p99', 'rate']

/** In Markdown: a line for rollcall, and one for each program beside it, with rollcall's ratio to it. */
export function table(results: readonly Result[]): string {
  const rows = results.flatMap(({ title, ours, peers, note }) => [
    [title, 'rollcall', ...cellsOf(ours), note ?? ''],
    ...peers.map((peer) => ['', peer.name, ...cellsOf(peer, ours), peer.marks.map(judged).join('; ')]),
  ])
  return [HEADER, HEADER.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** How many marks came to each verdict: `12 reached, 3 missed`. */
export function summary(results: readonly Result[]): string {
  const counts = new Map<string, number>()
  for (const { verdict } of results.flatMap(({ peers }) => peers.flatMap(({ marks }) => marks)))
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'no marks'
}

function cellsOf(figures: Figures, ours?: Figures): string[] {
  const cells = COLUMNS.map((metric) => cell(figures, ours, metric))
  const others = OTHERS.flatMap((metric) => {
    const text = cell(figures, ours, metric)
    return text === '' ? [] : [`${metric} ${text}`]
  })
  return [...cells, others.join('; ')]
}

/** `1,215 ms ±4 % · 2.32 ×`: the median, how far its rounds spread, and rollcall's ratio to it. */
function cell({ figures }: Figures, ours: Figures | undefined, metric: Metric): string {
  const [figure, mine] = [figures[metric], ours?.figures[metric]]
  if (!figure) return ''
  const text = `${amount(figure.median, metric)} ±${Math.round(figure.spread * 100)} %`
  return mine && figure.median > 0 ? `${text} · ${(mine.median / figure.median).toFixed(2)} ×` : text
}

function judged(mark: JudgedMark): string {
  return `${markText(mark)}: ${mark.verdict}`
}
