import { type Bench, type Row, counted } from '../harness/bench.ts'
import { type Contestant, type Work, contest } from '../harness/contest.ts'
import { atMost, below } from '../harness/marks.ts'
import { sharedEtcd } from '../registries/etcd.ts'
import { sharedFile } from '../registries/file.ts'

const SMALL = 10_000
const LARGER = [100_000, 1_000_000]
const MOST_ROUNDS = 3

export const memory: Row = {
  name: 'memory',
  about: 'peak memory of the full list of 100,000 and of a million, beside that of 10,000; etcd and embedded',
  async measure(bench) {
    const rounds = bench.roundsAtMost(MOST_ROUNDS)
    const onEtcd = await works(bench, 'etcd', async (count) => (await sharedEtcd(bench, count)).url)
    const embedded = await works(bench, 'embedded', async (count) => `file:${await sharedFile(bench, count)}`)
    return [...(await contest(onEtcd, rounds)), ...(await contest(embedded, rounds))]
  },
}

async function works(bench: Bench, where: string, registry: (count: number) => Promise<string>): Promise<Work[]> {
  const small = listing(bench, `the same of ${counted(bench.scaled(SMALL))}`, await registry(SMALL))
  const all: Work[] = []
  for (const count of LARGER) {
    all.push({
      title: `peak memory of the full list, ${where}, ${counted(bench.scaled(count))}`,
      ours: listing(bench, 'rollcall', await registry(count)),
      peers: [{ by: small, marks: [atMost('memory', 1.15), below('memory', 110)] }],
    })
  }
  return all
}

function listing(bench: Bench, name: string, registry: string): Contestant {
  return bench.peakMemory(name, bench.fullList(registry, '--request-timeout', '60s'))
}
