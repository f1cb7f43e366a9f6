import { type Row, counted } from '../harness/bench.ts'
import { contest } from '../harness/contest.ts'
import { atMost } from '../harness/marks.ts'
import { sharedEtcd } from '../registries/etcd.ts'
import { PREFIX } from '../registries/fleet.ts'

const COUNT = 1_000_000
const MOST_ROUNDS = 3

export const million: Row = {
  name: 'million',
  about: 'every one of a million instances of etcd as NDJSON, beside etcdctl',
  async measure(bench) {
    const etcd = await sharedEtcd(bench, COUNT)
    // A busy machine takes more than the usual ten seconds for a page.
    const all = bench.fullList(etcd.url, '--request-timeout', '60s')
    const work = {
      title: `full list, \`ls --all -o ndjson\`, ${counted(bench.scaled(COUNT))}`,
      ours: bench.program('rollcall', all, etcd),
      peers: [
        {
          by: bench.program('`etcdctl get --prefix`', etcd.etcdctl('get', '--prefix', `${PREFIX}/`), etcd),
          marks: [atMost('wall', 1), atMost('server', 1.5)],
        },
      ],
    }
    return await contest([work], bench.roundsAtMost(MOST_ROUNDS))
  },
}
