import { once } from 'node:events'
import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Contestant, type Peer, contest } from '../harness/contest.ts'
import { processorTime } from '../harness/linux.ts'
import { type Mark, atMost } from '../harness/marks.ts'
import type { Sample } from '../harness/metrics.ts'
import { type CommandLine, launch, outputOf } from '../harness/process.ts'
import { percentile } from '../harness/statistics.ts'
import { type BenchEtcd, startEtcd } from '../registries/etcd.ts'
import { clear } from '../registries/fill.ts'
import { PREFIX } from '../registries/fleet.ts'
import { Lines } from './watched-lines.ts'

const PACED = 10_000
const PER_SECOND = 1_000
const MANY = 100_000

export const watch: Row = {
  name: 'watch',
  about:
    "from a put's acknowledgement to its line, and 100,000 changes at full speed, beside etcdctl and a minimal watcher",
  async measure(bench) {
    await using etcd = await startEtcd()
    const ours = bench.rollcall(etcd.url, 'watch', '-o', 'ndjson')
    const theirs = etcd.etcdctl('watch', '--prefix', `${PREFIX}/`)
    const least = bench.client('raw-watch', etcd.endpoint, PREFIX)
    const paced = (name: string, line: CommandLine): Contestant => ({ name, measure: () => latency(bench, etcd, line) })
    const fast = (name: string, line: CommandLine): Contestant => ({ name, measure: () => arrival(bench, etcd, line) })
    const peers = (measured: typeof paced, marks: readonly Mark[], minimal: readonly Mark[]): Peer[] => [
      { by: measured('`etcdctl watch`', theirs), marks },
      { by: measured('minimal Node watcher', least), marks: minimal },
    ]
    const p99 = [atMost('p99', 1.5)]
    const latencies = {
      title: `watch, put acknowledged → line, ${counted(bench.scaled(PACED))} at ${counted(PER_SECOND)}/s`,
      ours: paced('rollcall', ours),
      peers: peers(paced, p99, p99),
    }
    const arrivals = {
      title: `watch at full speed, ${counted(bench.scaled(MANY))} changes`,
      ours: fast('rollcall', ours),
      peers: peers(fast, [atMost('wall', 1.1)], []),
    }
    return [...(await contest([latencies], bench)), ...(await contest([arrivals], bench))]
  },
}

async function latency(bench: Bench, etcd: BenchEtcd, line: CommandLine): Promise<Sample> {
  const { acknowledged, printed, used } = await watched(bench, etcd, line, bench.scaled(PACED), PER_SECOND)
  const times = printed.map((at, index) => at - (acknowledged[index] ?? at))
  return { p99: percentile(times, 0.99), ...used }
}

async function arrival(bench: Bench, etcd: BenchEtcd, line: CommandLine): Promise<Sample> {
  const { begun, printed, used } = await watched(bench, etcd, line, bench.scaled(MANY), 0)
  return { wall: Math.max(...printed.slice(-1_000)) - begun, ...used }
}

interface Watched {
  /** When the first put was sent: milliseconds since 1970, as are the others. */
  readonly begun: number
  readonly acknowledged: readonly number[]
  readonly printed: readonly number[]
  readonly used: Sample
}

/** Starts it, puts so many instances, and waits for the line of each: a change that is not reported fails the run. */
async function watched(
  bench: Bench,
  etcd: BenchEtcd,
  line: CommandLine,
  count: number,
  perSecond: number,
): Promise<Watched> {
  await clear(etcd.client, PREFIX)
  const watcher = launch(line, ['ignore', 'pipe', 'inherit'])
  const { pid = 0 } = watcher
  const ended = once(watcher, 'exit')
  try {
    const lines = new Lines(watcher, count)
    await lines.begin(etcd)
    const before = [processorTime([pid]), processorTime(etcd.pids)] as const
    const writer = bench.client('writer', etcd.endpoint, PREFIX, String(count), String(perSecond))
    const written = JSON.parse(await outputOf(bench.folder, writer)) as Pick<Watched, 'begun' | 'acknowledged'>
    const printed = await lines.all
    const used = { client: processorTime([pid]) - before[0], server: processorTime(etcd.pids) - before[1] }
    return { ...written, printed, used }
  } finally {
    watcher.kill('SIGTERM')
    await ended
  }
}
