import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Contestant, type Work, contest } from '../harness/contest.ts'
import { type Mark, atMost } from '../harness/marks.ts'
import { type CommandLine, run } from '../harness/process.ts'
import { type BenchEtcd, startEtcd } from '../registries/etcd.ts'
import { fill } from '../registries/fill.ts'
import { PREFIX } from '../registries/fleet.ts'

const COUNT = 10_000

export const purge: Row = {
  name: 'purge',
  about: 'purge of 10,000 of 10,000, with and without a lease each, beside a raw client that writes no backup',
  async measure(bench) {
    await using etcd = await startEtcd()
    const works = [
      removal(bench, etcd, 'none', atMost('wall', 1.4, 'aim')),
      removal(bench, etcd, 1, atMost('wall', 2.5)),
    ]
    return await contest(works, bench)
  },
}

/** rollcall writes a backup first, with the TTL of every lease, for which it asks for each. */
function removal(bench: Bench, etcd: BenchEtcd, sharing: number | 'none', mark: Mark): Work {
  const count = bench.scaled(COUNT)
  const backup = join(bench.folder, 'backup.ndjson')
  const refilled = (name: string, line: CommandLine): Contestant => ({
    name,
    async measure() {
      rmSync(backup, { force: true })
      await fill(etcd.client, count, { sharing })
      return await run(bench.folder, line, etcd)
    },
  })
  const flags = ['--status', 'up', '--force', '--yes', '--quiet', '--backup', backup]
  const kind = sharing === 'none' ? 'without a lease' : 'a lease each'
  return {
    title: `purge of ${counted(count)} of ${counted(count)}, ${kind}`,
    ours: refilled('rollcall', bench.rollcall(etcd.url, 'purge', ...flags)),
    peers: [{ by: refilled('raw client, no backup', bench.client('raw-purge', etcd.endpoint, PREFIX)), marks: [mark] }],
  }
}
