import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from '../../test/servers/cache.ts'
import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Contestant, type Work, contest } from '../harness/contest.ts'
import { atMost } from '../harness/marks.ts'
import { finish, whileRunning } from '../harness/process.ts'
import { type BenchEtcd, sharedEtcd, startEtcd } from '../registries/etcd.ts'
import { sharedFile } from '../registries/file.ts'
import { clear } from '../registries/fill.ts'
import { PREFIX, instance } from '../registries/fleet.ts'

const COUNT = 100_000
const PROCESSES = 4
const EACH = 1_000

export const embedded: Row = {
  name: 'embedded',
  about: 'a file: the full list beside that of etcd and sqlite3, and four processes that register',
  async measure(bench) {
    const etcd = await sharedEtcd(bench, COUNT)
    const file = await sharedFile(bench, COUNT)
    await using registering = await startEtcd()
    const sqlite = await onPath('sqlite3')
    const dump = sqlite === undefined ? [] : [bench.program('`sqlite3 … .dump`', { argv: [sqlite, file, '.dump'] })]
    const full: Work = {
      title: `embedded: full list, ${counted(bench.scaled(COUNT))}`,
      ours: bench.program('rollcall', bench.fullList(`file:${file}`)),
      peers: [
        {
          by: bench.program('the same on etcd', bench.fullList(etcd.url), etcd),
          marks: [atMost('wall', 0.9)],
        },
        ...dump.map((by) => ({ by, marks: [atMost('wall', 5)] })),
      ],
      note: sqlite === undefined ? 'sqlite3 is missing: not measured' : undefined,
    }
    return [...(await contest([full], bench)), ...(await contest([registrations(bench, registering)], bench))]
  },
}

/** Four processes at a time, and how long until the last has registered its thousand. */
function registrations(bench: Bench, etcd: BenchEtcd): Work {
  const path = join(bench.folder, 'registered.db')
  const each = bench.scaled(EACH)
  const inputs = Array.from({ length: PROCESSES }, (_, part) => writeInstances(bench, part, each))
  const register = (registry: string) =>
    Promise.all(
      inputs.map((input) =>
        finish(bench.folder, bench.rollcall(registry, 'register', '-f', input, '--ttl', '1h', '-q', '-o', 'name')),
      ),
    )
  const inFile: Contestant = {
    name: 'rollcall',
    measure() {
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
      return whileRunning(undefined, () => register(`file:${path}`))
    },
  }
  const onEtcd: Contestant = {
    name: 'the same on etcd',
    async measure() {
      await clear(etcd.client, PREFIX)
      return await whileRunning(etcd, () => register(etcd.url))
    },
  }
  const title = `embedded: ${counted(each)} registrations a process, ${PROCESSES} processes`
  return { title, ours: inFile, peers: [{ by: onEtcd, marks: [atMost('wall', 1)] }] }
}

function writeInstances({ folder }: Bench, part: number, count: number): string {
  const path = join(folder, `part-${part}.json`)
  const instances = Array.from({ length: count }, (_, at) => JSON.parse(instance(part * count + at).value))
  writeFileSync(path, JSON.stringify(instances))
  return path
}
