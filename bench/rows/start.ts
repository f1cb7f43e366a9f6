import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '../harness/bench.ts'
import { contest, repeated } from '../harness/contest.ts'
import { atMost } from '../harness/marks.ts'
import type { CommandLine } from '../harness/process.ts'
import { type BenchEtcd, sharedEtcd } from '../registries/etcd.ts'
import { PREFIX, SERVICES, nameOf } from '../registries/fleet.ts'

const COUNT = 100_000
/** Processes of a measurement, whose mean it is. */
const TIMES = 10

export const start: Row = {
  name: 'start',
  about: '`ls <service>` and `--help`, beside an empty Node script and etcdctl',
  async measure(bench) {
    const etcd = await sharedEtcd(bench, COUNT)
    const empty = join(bench.folder, 'empty.cjs')
    writeFileSync(empty, '')
    const service = nameOf(0)
    const program = (name: string, line: CommandLine, server?: BenchEtcd) =>
      repeated(bench.program(name, line, server), TIMES)
    const nothing = program('an empty Node script', { argv: [process.execPath, empty] })
    const get = etcd.etcdctl('get', '--prefix', `${PREFIX}/${service}/`)
    const instances = Math.ceil(bench.scaled(COUNT) / SERVICES)
    return await contest(
      [
        {
          title: `\`ls <service>\`, ${instances} instances`,
          ours: program('rollcall', bench.rollcall(etcd.url, 'ls', service), etcd),
          peers: [{ by: nothing, marks: [atMost('wall', 3)] }, { by: program('`etcdctl get --prefix`', get, etcd) }],
        },
        {
          title: '`--help`',
          ours: program('rollcall', bench.rollcall(etcd.url, '--help')),
          peers: [{ by: nothing, marks: [atMost('wall', 1.3)] }],
        },
      ],
      bench,
    )
  },
}
