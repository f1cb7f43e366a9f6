import type { Row } from '../harness/bench.ts'
import { startEureka } from '../registries/eureka.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const eureka: Row = {
  name: 'eureka',
  about: 'the full list of 10,000 in Eureka, beside a raw client',
  async measure(bench) {
    await using server = await startEureka(bench.scaled(COUNT))
    return await fullListOf(bench, {
      title: 'Eureka',
      server,
      ours: bench.fullList(`eureka://${server.endpoint}`),
      raw: bench.client('raw-eureka', server.endpoint),
    })
  },
}
