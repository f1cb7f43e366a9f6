import { afterAll, beforeAll } from 'vitest'
import type { RestoreRecord } from '../../src/backends/contract/backend.ts'
import { consul } from '../../src/backends/consul/driver.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { type ConsulServer, startConsul } from '../servers/consul/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Registry } from './ground.ts'
import { targetOf } from './kv-registry.ts'
import { conformance } from './suite.ts'

await describeWith('consul', 'conformance on Consul', () => {
  let server: ConsulServer
  beforeAll(async () => {
    server = await startConsul()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  for (const layout of ['auto', ...consul.layouts] as const)
    conformance(`consul, layout ${layout}`, consul.capabilities(layout), async () => registryOn(server, layout))
})

function registryOn(server: ConsulServer, layout: LayoutName | 'auto'): Registry {
  const target = targetOf(consul, `consul://${server.endpoint}`, layout)
  return {
    open: (options) => consul.open(target, options),
    diagnose: (options) => consul.diagnose(target, options),
    named: () => ({ url: `consul://${server.endpoint}?layout=${layout}` }),
    instance: (service, id, port) => instanceOf(layout, service, id, port),
    withStatus: (service, id, port) => ({ instance: instanceOf(layout, service, id, port) }),
    malformed: (service, id): RestoreRecord => ({ id, service, body: {}, ttlGranted: null }),
    assignsKeys: true,
    // Nothing listens at the addresses of the suite.
    options: { settings: { noChecks: true } },
    [Symbol.asyncDispose]: () => clean(server),
  }
}

/** As much as the layout holds; metadata keys of Consul's are letters, digits, hyphens and underscores. */
function instanceOf(layout: LayoutName | 'auto', name: string, id: string, port: number): InstanceInit {
  const metadata = { zone: 'a', text: '<&>"é' }
  if (layout === 'plain') return { id, name, metadata, endpoints: [`http://10.0.0.1:${port}`] }
  const endpoints = [`grpc://10.0.0.1:${port}`, `http://10.0.0.1:${port + 1}`]
  return { id, name, version: 'v1.0.0', metadata, endpoints }
}

async function clean(server: ConsulServer): Promise<void> {
  const services = await server.api<Record<string, unknown>>('GET', '/v1/agent/services')
  for (const id of Object.keys(services))
    await server.api('PUT', `/v1/agent/service/deregister/${encodeURIComponent(id)}`)
}
