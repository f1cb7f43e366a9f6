import { onPath } from '../../test/servers/cache.ts'
import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Peer, contest } from '../harness/contest.ts'
import { atMost } from '../harness/marks.ts'
import { type BenchEtcd, sharedEtcd } from '../registries/etcd.ts'
import { PREFIX } from '../registries/fleet.ts'

const COUNT = 100_000

export const list: Row = {
  name: 'list',
  about: 'every instance of etcd as NDJSON, beside etcdctl, etcdctl into jq, and a raw reader',
  async measure(bench) {
    const etcd = await sharedEtcd(bench, COUNT)
    const all = bench.fullList(etcd.url)
    const raw = bench.client('raw-list', etcd.endpoint, PREFIX)
    await bench.requireSameOutput(all, raw)
    const jq = (await onPath('jq')) === undefined ? [] : [intoJq(bench, etcd)]
    const work = {
      title: `full list, \`ls --all -o ndjson\`, ${counted(bench.scaled(COUNT))}`,
      ours: bench.program('rollcall', all, etcd),
      peers: [
        {
          by: bench.program('`etcdctl get --prefix`', etcd.etcdctl('get', '--prefix', `${PREFIX}/`), etcd),
          marks: [atMost('client', 1.2), atMost('wall', 1.6)],
        },
        ...jq,
        { by: bench.program('raw reader', raw, etcd) },
      ],
      note: jq.length > 0 ? undefined : 'jq is missing: not measured',
    }
    return await contest([work], bench)
  },
}

function intoJq(bench: Bench, etcd: BenchEtcd): Peer {
  const filter = '.kvs[] | .value | @base64d | fromjson'
  const get = etcd.etcdctl('get', '--prefix', `${PREFIX}/`, '-w', 'json').argv
  const line = { argv: ['sh', '-c', `"$@" | jq -c '${filter}'`, 'sh', ...get] }
  return {
    by: bench.program('`etcdctl … -w json` into jq', line, etcd),
    marks: [atMost('client', 0.35), atMost('wall', 0.35)],
  }
}
