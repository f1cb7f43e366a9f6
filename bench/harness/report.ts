import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figures, Result } from './contest.ts'
import { type Metric, amount } from './metrics.ts'
import { type RunRecord, heading } from './record.ts'
import { summary, table } from './table.ts'

/** Puts the table into docs/performance.md, and three of its figures into the README, each between its markers. */
export function writeReport(root: string, record: RunRecord): void {
  const { results } = record
  const text = `${heading(record)}; ${summary(results)}\n\n${table(results)}`
  replace(join(root, 'docs/performance.md'), 'table', text)
  replace(join(root, 'README.md'), 'figures', figures(results).join('\n'))
}

function figures(results: readonly Result[]): string[] {
  const list = find(results, 'full list', '`etcdctl get --prefix`')
  const start = find(results, '`ls <service>`', 'an empty Node script')
  const reads = find(results, 'serve: discovery', 'bare fastify')
  return [
    `- every one of 100,000 instances of etcd as JSON in ${took(list, 'wall')}, with ${times(list, 'client')} times the processor time of \`etcdctl get --prefix\``,
    `- the instances of one service in ${took(start, 'wall')}: ${times(start, 'wall')} times an empty Node script`,
    `- discovery over HTTP from \`serve\`: ${took(reads, 'rate').replace('/s', ' reads a second')}, ${times(reads, 'rate')} times what a bare fastify gives`,
  ]
}

type Pair = readonly [ours: Figures, theirs: Figures]

function find(results: readonly Result[], work: string, beside: string): Pair {
  const result = results.find(({ title }) => title.startsWith(work))
  const peer = result?.peers.find(({ name }) => name === beside)
  if (!result || !peer) throw new Error(`the run has no "${work}" beside ${beside}`)
  return [result.ours, peer]
}

function took([{ figures: ours }]: Pair, metric: Metric): string {
  return amount(ours[metric]?.median ?? 0, metric)
}

function times([ours, theirs]: Pair, metric: Metric): string {
  const [mine = 0, other = 0] = [ours, theirs].map((each) => each.figures[metric]?.median)
  return (mine / other).toFixed(2)
}

/** What stands between `<!-- bench:name -->` and `<!-- bench:end -->`. */
function replace(path: string, name: string, text: string): void {
  const before = readFileSync(path, 'utf8')
  const begin = `<!-- bench:${name} -->\n`
  const from = before.indexOf(begin) + begin.length
  const to = before.indexOf('<!-- bench:end -->', from)
  if (from < begin.length || to < 0) throw new Error(`${path} has no place for the bench's ${name}`)
  writeFileSync(path, `${before.slice(0, from)}${text}\n${before.slice(to)}`)
}
