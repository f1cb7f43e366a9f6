import { afterAll, beforeAll } from 'vitest'
import type { RestoreRecord } from '../../src/backends/contract/backend.ts'
import type { Target } from '../../src/backends/contract/driver.ts'
import { polaris } from '../../src/backends/polaris/driver.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { type PolarisServer, startPolaris } from '../servers/polaris/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Registry } from './ground.ts'
import { targetOf } from './kv-registry.ts'
import { conformance } from './suite.ts'

await describeWith('polaris', 'conformance on Polaris', () => {
  let server: PolarisServer
  beforeAll(async () => {
    server = await startPolaris()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  let namespaces = 0
  for (const layout of ['auto', 'kratos-scheme'] as const)
    conformance(
      `polaris, layout ${layout}`,
      polaris.capabilities(layout),
      async () => {
        namespaces += 1
        return registryIn(`suite-${namespaces}`, server, layout)
      },
      // Its reads show a change only after a second, which is fixed in the server.
      { abreast: true },
    )
})

/** Each test has a namespace of its own: Polaris makes it with the first registration. */
function registryIn(namespace: string, server: PolarisServer, layout: LayoutName | 'auto'): Registry {
  const { endpoint, token } = server
  const url = `polaris://${endpoint}?namespace=${namespace}`
  const target: Target = { ...targetOf(polaris, url, layout), token }
  return {
    open: (options) => polaris.open(target, options),
    diagnose: (options) => polaris.diagnose(target, options),
    named: () => ({ url: `${url}&layout=${layout}`, token }),
    instance: instanceOf,
    withStatus: (service, id, port) => ({ instance: instanceOf(service, id, port) }),
    malformed: (service, id): RestoreRecord => ({
      id: `${namespace}/${service}/${id}`,
      service,
      body: {},
      ttlGranted: null,
    }),
    typed: true,
    byAddress: true,
    unattended: { ttl: null },
    strangeName: 'Sre:x_2',
    async [Symbol.asyncDispose]() {},
  }
}

function instanceOf(name: string, id: string, port: number): InstanceInit {
  const endpoints = [`grpc://10.0.0.1:${port}`, `http://10.0.0.1:${port + 1}`]
  return { id, name, version: 'v1.0.0', metadata: { zone: 'a', text: '<&>"é' }, endpoints }
}
