import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Row, counted } from '../harness/bench.ts'
import { contest } from '../harness/contest.ts'
import { connectionsTo, processorTime } from '../harness/linux.ts'
import { atMost } from '../harness/marks.ts'
import type { Sample } from '../harness/metrics.ts'
import { type CommandLine, launch } from '../harness/process.ts'
import { type BenchEtcd, startEtcd } from '../registries/etcd.ts'
import { instance } from '../registries/fleet.ts'

const COUNT = 1_000
/** Milliseconds: six heartbeats of each instance, or two in a trial. */
const [WINDOW, TRIAL] = [30_000, 10_000]
const MOST_ROUNDS = 3
/** Milliseconds until each has sent its first heartbeat, and what registering them left behind is collected. */
const SETTLING = 6_000

export const keepAlive: Row = {
  name: 'keep-alive',
  about: 'processor time of keeping 1,000 instances alive for half a minute, beside raw heartbeats',
  async measure(bench) {
    await using etcd = await startEtcd()
    const count = bench.scaled(COUNT)
    const file = join(bench.folder, 'instances.json')
    writeFileSync(file, JSON.stringify(Array.from({ length: count }, (_, at) => JSON.parse(instance(at).value))))
    const ours = bench.rollcall(etcd.url, 'register', '-f', file, '--keep-alive', '-o', 'name')
    const raw = bench.client('raw-keep-alive', etcd.endpoint, '/kept-raw', String(count))
    const window = bench.scale < 1 ? TRIAL : WINDOW
    const work = {
      title: `register: ${counted(count)} instances kept alive for ${window / 1_000} s`,
      ours: { name: 'rollcall', measure: () => beating(ours, etcd, window) },
      peers: [
        {
          by: { name: 'raw heartbeats', measure: () => beating(raw, etcd, window) },
          marks: [atMost('client', 1.2), atMost('server', 1.3)],
        },
      ],
    }
    return await contest([work], bench.roundsAtMost(MOST_ROUNDS))
  },
}

/** However many instances there are. */
const CONNECTIONS = 1

/** For so many milliseconds, once all are registered and have sent a heartbeat; registering them is not counted. */
async function beating(line: CommandLine, etcd: BenchEtcd, window: number): Promise<Sample> {
  const child = launch(line, ['ignore', 'ignore', 'pipe'])
  const { pid = 0 } = child
  const ended = once(child, 'exit')
  try {
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.once('exit', () => reject(new Error(`${line.argv.join(' ')} ended: ${said}`)))
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes('kept alive')) resolve()
      })
    })
    await delay(SETTLING)
    const before = [processorTime([pid]), processorTime(etcd.pids)] as const
    await delay(window)
    const sample = { client: processorTime([pid]) - before[0], server: processorTime(etcd.pids) - before[1] }
    const connections = connectionsTo(etcd.port, pid)
    if (connections > CONNECTIONS) throw new Error(`${line.argv.join(' ')} has ${connections} connections`)
    return sample
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}
