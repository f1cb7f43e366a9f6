import { fill } from '../../test/servers/consul/fill.ts'
import { consul as kind } from '../../test/servers/consul/provision.ts'
import { ConsulServer } from '../../test/servers/consul/server.ts'
import type { Row } from '../harness/bench.ts'
import { SERVICES } from '../registries/fleet.ts'
import { programsOf } from '../registries/provide.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const consul: Row = {
  name: 'consul',
  about:
    "the full list of 10,000 in Consul, beside a raw client that asks for each service, and Consul's own names alone",
  async measure(bench) {
    const { consul: program = '' } = await programsOf(kind)
    await using server = await ConsulServer.start(program)
    await fill(server, bench.scaled(COUNT), SERVICES)
    const names = { argv: [program, 'catalog', 'services'], env: { CONSUL_HTTP_ADDR: server.endpoint } }
    return await fullListOf(bench, {
      title: 'Consul',
      server,
      ours: bench.fullList(`consul://${server.endpoint}`),
      raw: bench.client('raw-consul', server.endpoint),
      others: [{ by: bench.program('`consul catalog services`, names alone', names, server) }],
    })
  },
}
