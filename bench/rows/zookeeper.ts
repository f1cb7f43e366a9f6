import type { Row } from '../harness/bench.ts'
import { contest } from '../harness/contest.ts'
import { type CommandLine, outputHash, runMetered } from '../harness/process.ts'
import { PREFIX } from '../registries/fleet.ts'
import { startZooKeeper } from '../registries/zookeeper.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const zookeeper: Row = {
  name: 'zookeeper',
  about: 'the full list of 10,000 in ZooKeeper and its peak memory, beside a raw client',
  async measure(bench) {
    await using server = await startZooKeeper(bench.scaled(COUNT))
    const ours = bench.rollcall(`zookeeper://${server.endpoint}`, 'ls', '--all', '-o', 'ndjson')
    const raw = bench.client('raw-zookeeper', server.endpoint, PREFIX)
    if ((await outputHash(bench.folder, ours)) !== (await outputHash(bench.folder, raw)))
      throw new Error('the raw client writes other lines')
    const peak = (name: string, line: CommandLine) => ({
      name,
      measure: async () => ({ memory: (await runMetered(bench.folder, line)).memory ?? 0 }),
    })
    const memory = {
      title: 'ZooKeeper: peak memory of that',
      ours: peak('rollcall', ours),
      peers: [{ by: peak('raw client', raw) }],
    }
    return [
      ...(await fullListOf(bench, { title: 'ZooKeeper', server, ours, raw })),
      ...(await contest([memory], bench)),
    ]
  },
}
