import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Contestant, contest } from '../harness/contest.ts'
import { atMost } from '../harness/marks.ts'
import { type CommandLine, run } from '../harness/process.ts'
import { call } from '../raw/connection.ts'
import { encode } from '../raw/protobuf.ts'
import { type BenchEtcd, startEtcd } from '../registries/etcd.ts'
import { PREFIX, instance } from '../registries/fleet.ts'

const COUNT = 100_000

export const importing: Row = {
  name: 'import',
  about: 'import of 100,000 instances from a file into an empty etcd, beside a raw client that compares nothing else',
  async measure(bench) {
    await using etcd = await startEtcd()
    const count = bench.scaled(COUNT)
    const file = join(bench.folder, 'fleet.ndjson')
    const lines = Array.from({ length: count }, (_, at) => instance(at)).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    writeFileSync(file, lines.map(({ value }) => `${value}\n`).join(''))
    return await contest(
      [
        {
          title: `import of ${counted(count)} into an empty etcd`,
          ours: emptied(bench, etcd, 'rollcall', bench.rollcall(etcd.url, 'import', file, '--quiet', '-o', 'name')),
          peers: [
            {
              by: emptied(bench, etcd, 'raw client', bench.client('raw-import', etcd.endpoint, PREFIX, file)),
              marks: [atMost('client', 2, 'aim')],
            },
          ],
        },
      ],
      bench,
    )
  },
}

function emptied(bench: Bench, etcd: BenchEtcd, name: string, line: CommandLine): Contestant {
  return {
    name,
    async measure() {
      const [start, end] = [Buffer.from(`${PREFIX}/`), Buffer.from(`${PREFIX}0`)]
      await call(etcd.client, '/etcdserverpb.KV/DeleteRange', encode([1, start], [2, end]))
      return await run(bench.folder, line, etcd)
    },
  }
}
