import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FLEET, FLEET_PREFIX, type Bench, type Row } from './bench.ts'
import { startEtcd } from './etcd.ts'
import { fill } from './fill.ts'
import { connect } from './raw/connection.ts'
import { writeReport } from './report.ts'
import { consul } from './rows/consul.ts'
import { embedded } from './rows/embedded.ts'
import { folds } from './rows/folds.ts'
import { fullList } from './rows/full-list.ts'
import { keepAlive } from './rows/keep-alive.ts'
import { memory } from './rows/memory.ts'
import { purge } from './rows/purge.ts'
import { serve } from './rows/serve.ts'
import { start } from './rows/start.ts'
import { watch } from './rows/watch.ts'
import { zookeeper } from './rows/zookeeper.ts'
import { type Line, table } from './table.ts'

const ROWS: Readonly<Record<string, Row>> = {
  list: fullList,
  folds,
  start,
  purge,
  watch,
  'keep-alive': keepAlive,
  embedded,
  consul,
  zookeeper,
  serve,
  memory,
}

/** Those that fill a registry of their own. */
const ELSEWHERE: ReadonlySet<string> = new Set(['consul', 'zookeeper', 'serve'])

/** Runs the rows and prints their table; `--write` puts it into the docs, too. `root`: the folder of the project, which has been built. */
export async function main(argv: readonly string[], root: string): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      large: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      write: { type: 'boolean', default: false },
    },
  })
  if (values.write && values.only.length > 0) throw new Error('--write goes with all rows: they stand in one table')
  const names = values.only.length > 0 ? values.only : Object.keys(ROWS)
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  const etcd = await startEtcd()
  const client = connect(etcd.endpoint)
  try {
    const bench: Bench = { etcd, client, folder, root, rounds: Number(values.rounds), large: values.large }
    if (!names.every((name) => ELSEWHERE.has(name))) {
      say(`filling etcd with ${FLEET} instances`)
      await fill(client, FLEET_PREFIX, FLEET)
    }
    const lines: Line[] = []
    for (const name of names) {
      say(name)
      const row = ROWS[name]
      if (!row) throw new Error(`there is no row "${name}": ${Object.keys(ROWS).join(', ')}`)
      const some = await row(bench)
      lines.push(...some)
      say(table(some))
    }
    process.stdout.write(`${table(lines)}\n`)
    if (values.write) writeReport(root, lines, bench.rounds)
  } finally {
    client.close()
    await etcd[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
