import type { Row } from '../harness/bench.ts'
import { startNacos } from '../registries/nacos.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const nacos: Row = {
  name: 'nacos',
  about: 'the full list of 10,000 in Nacos, beside a raw client',
  async measure(bench) {
    await using server = await startNacos(bench.scaled(COUNT))
    return await fullListOf(bench, {
      title: 'Nacos',
      server,
      ours: bench.fullList(`nacos://${server.endpoint}`),
      raw: bench.client('raw-nacos', server.endpoint),
    })
  },
}
