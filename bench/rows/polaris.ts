import type { Row } from '../harness/bench.ts'
import { startPolaris } from '../registries/polaris.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const polaris: Row = {
  name: 'polaris',
  about: 'the full list of 10,000 in Polaris, beside a raw client',
  async measure(bench) {
    await using server = await startPolaris(bench.scaled(COUNT))
    return await fullListOf(bench, {
      title: 'Polaris',
      server,
      ours: bench.fullList(`polaris://${server.endpoint}`),
      raw: bench.client('raw-polaris', server.endpoint),
    })
  },
}
