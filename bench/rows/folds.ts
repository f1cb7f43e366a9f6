import { type Row, counted } from '../harness/bench.ts'
import { type Work, contest } from '../harness/contest.ts'
import { type Mark, atMost } from '../harness/marks.ts'
import type { CommandLine } from '../harness/process.ts'
import { sharedEtcd } from '../registries/etcd.ts'

const COUNT = 100_000

export const folds: Row = {
  name: 'folds',
  about: '`ls`, `stats`, `ls --all` as a table and `check-keys`, beside the full list',
  async measure(bench) {
    const etcd = await sharedEtcd(bench, COUNT)
    const count = counted(bench.scaled(COUNT))
    const full = bench.program('full list', bench.fullList(etcd.url), etcd)
    const work = (title: string, line: CommandLine, mark: Mark): Work => ({
      title: `${title}, ${count}`,
      ours: bench.program('rollcall', line, etcd),
      peers: [{ by: full, marks: [mark] }],
    })
    const check = { ...bench.rollcall(etcd.url, 'check-keys'), statuses: [1] }
    return await contest(
      [
        work('`ls`, services with counts', bench.rollcall(etcd.url, 'ls'), atMost('wall', 1)),
        work('`stats`', bench.rollcall(etcd.url, 'stats'), atMost('wall', 1)),
        work('`ls --all` as a table', bench.rollcall(etcd.url, 'ls', '--all'), atMost('wall', 2)),
        work('`check-keys`', check, atMost('wall', 1.6, 'aim')),
      ],
      bench,
    )
  },
}
