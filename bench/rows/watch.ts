import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Bench, type Row, client, etcdctl, medians, rollcall } from '../bench.ts'
import { percentile } from '../compare.ts'
import { instance } from '../fleet.ts'
import { clear } from '../fill.ts'
import { type CommandLine, environment } from '../process.ts'
import { putAll } from '../raw/write.ts'

const PREFIX = '/watched'
const PACED = 10_000
const PER_SECOND = 1_000
const MANY = 100_000

/** From a put's acknowledgement to its line, and how long 100,000 changes take to arrive. Neither loses one. */
export const watch: Row = async (bench) => {
  const ours = rollcall(bench, 'watch', '-o', 'ndjson', '--prefix', PREFIX)
  const theirs = etcdctl(bench, 'watch', '--prefix', `${PREFIX}/`)
  const [late = 0, theirsLate = 0] = await medians(bench, [() => latency(bench, ours), () => latency(bench, theirs)])
  const [all = 0, theirsAll = 0] = await medians(bench, [() => arrival(bench, ours), () => arrival(bench, theirs)])
  const beside = { unit: 'ms', beside: '`etcdctl watch`', most: 1.3 } as const
  return [
    { work: 'watch, put acknowledged → line, p99 at 1,000/s', ours: late, theirs: theirsLate, ...beside },
    { work: 'watch at full speed, 100,000 changes', ours: all, theirs: theirsAll, ...beside },
  ]
}

async function latency(bench: Bench, line: CommandLine): Promise<number> {
  const { acknowledged, printed } = await watched(bench, line, PACED, PER_SECOND)
  return percentile(
    printed.map((at, index) => at - (acknowledged[index] ?? at)),
    0.99,
  )
}

async function arrival(bench: Bench, line: CommandLine): Promise<number> {
  const { begun, printed } = await watched(bench, line, MANY, 0)
  return Math.max(...printed.slice(-1_000)) - begun
}

interface Watched {
  readonly begun: number
  /** When each put was acknowledged, and when its line was there, in milliseconds since 1970. */
  readonly acknowledged: readonly number[]
  readonly printed: readonly number[]
}

async function watched(bench: Bench, { argv, env }: CommandLine, count: number, perSecond: number): Promise<Watched> {
  await clear(bench.client, PREFIX)
  const [program = '', ...args] = argv
  const watcher = spawn(program, args, { env: environment(env), stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = new Lines(watcher, count)
  await lines.ready(bench)
  const begun = now()
  const acknowledged = await write(bench, count, perSecond)
  const printed = await lines.all
  watcher.kill('SIGTERM')
  await once(watcher, 'exit')
  return { begun, acknowledged, printed }
}

async function write(bench: Bench, count: number, perSecond: number): Promise<number[]> {
  const { argv } = client(bench, 'writer', bench.etcd.endpoint, PREFIX, String(count), String(perSecond))
  const [program = '', ...args] = argv
  const writer = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  writer.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(writer, 'close')
  return JSON.parse(text)
}

/** When the line of each instance came, told by its id, which stands in the line. */
class Lines {
  readonly all: Promise<number[]>
  #seen: () => void = () => {}

  constructor(watcher: ChildProcess, count: number) {
    const at = new Map(Array.from({ length: count }, (_, index) => [instance(index, PREFIX).key.split('/')[3], index]))
    const printed: number[] = []
    let [rest, missing] = ['', count]
    this.all = new Promise((resolve, reject) => {
      watcher.once('exit', () => reject(new Error(`${missing} of ${count} changes were not told`)))
      watcher.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#seen()
        const time = now()
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const index = at.get(/"id":"([^"]+)"/.exec(line)?.[1])
          if (index === undefined || printed[index] !== undefined) continue
          printed[index] = time
          missing -= 1
        }
        if (missing === 0) resolve(printed)
      })
    })
    this.all.catch(() => {}) // told to whoever waits for it
  }

  /** Once it tells of anything: of what is there, or of a key that is put again and again. */
  async ready(bench: Bench): Promise<void> {
    const told = new Promise<void>((resolve) => (this.#seen = resolve))
    const knock = setInterval(() => void putAll(bench.client, [instance(MANY, PREFIX)]), 100)
    await told
    clearInterval(knock)
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
