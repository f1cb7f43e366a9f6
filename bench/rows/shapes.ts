import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Result, type Work, contest } from '../harness/contest.ts'
import { type BenchEtcd, startFilledEtcd } from '../registries/etcd.ts'
import type { Filling } from '../registries/fill.ts'
import { PREFIX, nameOf } from '../registries/fleet.ts'

export const shapes: Row = {
  name: 'shapes',
  about: 'etcd with 10,000 services of one instance, with one service of 100,000, and with 2 KB of metadata each',
  async measure(bench) {
    const services = bench.scaled(10_000)
    const big = bench.scaled(100_000)
    const wide = bench.scaled(10_000)
    return [
      ...(await shape(bench, 10_000, { services }, (etcd) => [
        full(bench, etcd, `${counted(services)} services of one instance`),
        work(bench, etcd, `\`ls\`, ${counted(services)} services of one instance`, ['ls']),
      ])),
      ...(await shape(bench, 100_000, { services: 1 }, (etcd) => [
        full(bench, etcd, `one service of ${counted(big)}`),
        work(bench, etcd, `\`ls <service> -o ndjson\`, ${counted(big)}`, ['ls', nameOf(0), '-o', 'ndjson']),
      ])),
      ...(await shape(bench, 10_000, { metadata: 2_048 }, (etcd) => [
        full(bench, etcd, `${counted(wide)} with 2 KB of metadata`),
      ])),
    ]
  },
}

/** On an etcd of its own. */
async function shape(
  bench: Bench,
  count: number,
  filling: Filling,
  works: (etcd: BenchEtcd) => Work[],
): Promise<Result[]> {
  await using etcd = await startFilledEtcd(bench, count, filling)
  return await contest(works(etcd), bench)
}

function full(bench: Bench, etcd: BenchEtcd, what: string): Work {
  return work(bench, etcd, `\`ls --all -o ndjson\`, ${what}`, ['ls', '--all', '-o', 'ndjson'])
}

function work(bench: Bench, etcd: BenchEtcd, title: string, args: readonly string[]): Work {
  const get = etcd.etcdctl('get', '--prefix', `${PREFIX}/`)
  return {
    title,
    ours: bench.program('rollcall', bench.rollcall(etcd.url, ...args), etcd),
    peers: [{ by: bench.program('`etcdctl get --prefix`', get, etcd) }],
  }
}
