import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { type Line, amount, table } from './table.ts'

/** Puts the table into docs/performance.md, and three of its figures into the README: each between its markers. */
export function writeReport(root: string, lines: readonly Line[], rounds: number): void {
  replace(join(root, 'docs/performance.md'), 'table', `${machine(rounds)}\n\n${table(lines)}`)
  replace(join(root, 'README.md'), 'figures', figures(lines).join('\n'))
}

function figures(lines: readonly Line[]): string[] {
  const list = find(lines, 'full list', 'raw reader')
  const start = find(lines, '`ls <service>`', 'an empty Node script')
  const reads = find(lines, 'serve: discovery')
  return [
    `- every one of 100,000 instances of etcd as JSON in ${took(list)}: ${times(list)} times what a raw reader takes`,
    `- the instances of one service in ${took(start)}: ${times(start)} times an empty Node script`,
    `- 10,000 discoveries over HTTP from \`serve\` in ${took(reads)}: ${times(reads)} times what Consul takes`,
  ]
}

function find(lines: readonly Line[], work: string, beside = ''): Line {
  const line = lines.find((each) => each.work.startsWith(work) && each.beside.startsWith(beside))
  if (!line) throw new Error(`the bench has no row "${work}"`)
  return line
}

function times({ ours, theirs }: Line): string {
  return (ours / theirs).toFixed(2)
}

function took({ ours, unit }: Line): string {
  return amount(ours, unit)
}

function machine(rounds: number): string {
  const [processor] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const day = new Date().toISOString().slice(0, 10)
  return `${day} · ${cpus().length} × ${processor?.model ?? 'processor'}, ${memory} GiB · ${type()} · Node ${process.version} · medians of ${rounds}`
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
