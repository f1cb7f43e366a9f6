import type { Row } from '../harness/bench.ts'
import { contest } from '../harness/contest.ts'
import { PREFIX } from '../registries/fleet.ts'
import { startZooKeeper } from '../registries/zookeeper.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const zookeeper: Row = {
  name: 'zookeeper',
  about: 'the full list of 10,000 in ZooKeeper and its peak memory, beside a raw client',
  async measure(bench) {
    await using server = await startZooKeeper(bench.scaled(COUNT))
    const ours = bench.fullList(`zookeeper://${server.endpoint}`)
    const raw = bench.client('raw-zookeeper', server.endpoint, PREFIX)
    await bench.requireSameOutput(ours, raw)
    const memory = {
      title: 'ZooKeeper: peak memory of that',
      ours: bench.peakMemory('rollcall', ours),
      peers: [{ by: bench.peakMemory('raw client', raw) }],
    }
    return [
      ...(await fullListOf(bench, { title: 'ZooKeeper', server, ours, raw })),
      ...(await contest([memory], bench)),
    ]
  },
}
