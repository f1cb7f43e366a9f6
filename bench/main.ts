import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { against } from './harness/against.ts'
import { Bench, type Row, say } from './harness/bench.ts'
import type { Result } from './harness/contest.ts'
import { heading, readRecord, recordOf, writeRecord } from './harness/record.ts'
import { writeReport } from './harness/report.ts'
import { summary, table } from './harness/table.ts'
import { consul } from './rows/consul.ts'
import { embedded } from './rows/embedded.ts'
import { eureka } from './rows/eureka.ts'
import { folds } from './rows/folds.ts'
import { importing } from './rows/import.ts'
import { keepAlive } from './rows/keep-alive.ts'
import { kubernetes } from './rows/kubernetes.ts'
import { list } from './rows/list.ts'
import { memory } from './rows/memory.ts'
import { million } from './rows/million.ts'
import { nacos } from './rows/nacos.ts'
import { polaris } from './rows/polaris.ts'
import { purge } from './rows/purge.ts'
import { serve } from './rows/serve.ts'
import { shapes } from './rows/shapes.ts'
import { start } from './rows/start.ts'
import { watch } from './rows/watch.ts'
import { zookeeper } from './rows/zookeeper.ts'

const ROWS: readonly Row[] = [
  list,
  folds,
  start,
  embedded,
  shapes,
  purge,
  importing,
  keepAlive,
  watch,
  serve,
  zookeeper,
  consul,
  nacos,
  polaris,
  eureka,
  kubernetes,
  million,
  memory,
]

const USAGE = `npm run bench -- [ROW…] [--rounds 5] [--scale 1] [--json FILE] [--against FILE] [--write]

  --rounds N      how often each program is measured; one more round is not counted
  --scale S       counts times S, from 0 to 1: a trial of the bench, which calls nothing reached
  --json FILE     writes the run there, again after each row
  --against FILE  compares with a run that --json wrote, by ratios
  --write         puts the table into docs/performance.md and README.md; with all rows, at scale 1

Rows:
`

/** Runs rows and prints their table; the exit status. `root`: the folder of the project, which has been built. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      json: { type: 'string' },
      against: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE + ROWS.map(({ name, about }) => `  ${name.padEnd(15)} ${about}\n`).join(''))
    return 0
  }
  if (!existsSync('/proc/self/stat')) throw new Error('the bench reads processor times from /proc: it needs Linux')
  const [rounds, scale] = [Number(values.rounds), Number(values.scale)]
  if (!(rounds >= 1) || !(scale > 0 && scale <= 1)) throw new Error('--rounds is at least 1, --scale from 0 to 1')
  if (values.write && (positionals.length > 0 || scale < 1)) throw new Error('--write takes all rows, at scale 1')
  const rows = positionals.length > 0 ? positionals.map(rowNamed) : ROWS
  const earlier = values.against === undefined ? undefined : readRecord(values.against)

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const results: Result[] = []
  const failures: Record<string, string> = {}
  await using bench = new Bench({ root, rounds, scale })
  for (const row of rows) {
    say(`\n${row.name}: ${row.about}`)
    try {
      const some = await row.measure(bench)
      results.push(...some)
      say(table(some))
    } catch (error) {
      failures[row.name] = error instanceof Error ? error.message : String(error)
      say(`${row.name} was not measured: ${failures[row.name]}`)
    }
    if (values.json !== undefined) writeRecord(values.json, { rounds, scale, results, failures })
  }
  const record = recordOf({ rounds, scale, results, failures })
  process.stdout.write(`${heading(record)}\n\n${table(results)}\n\n${summary(results)}\n`)
  for (const [name, reason] of Object.entries(failures)) process.stdout.write(`${name} was not measured: ${reason}\n`)
  if (earlier) process.stdout.write(`\nAgainst ${heading(earlier)}:\n\n${against(earlier, results)}\n`)
  if (Object.keys(failures).length > 0) return 1
  if (values.write) writeReport(root, record)
  return 0
}

function rowNamed(name: string): Row {
  const row = ROWS.find((each) => each.name === name)
  if (!row) throw new Error(`there is no row "${name}": ${ROWS.map((each) => each.name).join(', ')}`)
  return row
}
