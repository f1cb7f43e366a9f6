import { afterAll, beforeAll } from 'vitest'
import { eureka } from '../../src/backends/eureka/driver.ts'
import type { EurekaTree } from '../../src/backends/eureka/instance.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import type { RawRecord } from '../../src/model/record.ts'
import { type EurekaServer, startEureka } from '../servers/eureka/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Registry } from './ground.ts'
import { targetOf } from './kv-registry.ts'
import { conformance } from './suite.ts'

await describeWith('eureka', 'conformance on Eureka', () => {
  let server: EurekaServer
  beforeAll(async () => {
    server = await startEureka()
  }, 600_000)
  afterAll(() => server[Symbol.asyncDispose]())

  conformance('eureka', eureka.capabilities('auto'), async () => {
    await empty(server)
    return registryOn(server)
  })
})

/** It has no namespaces: each test begins with all of it. */
async function empty(server: EurekaServer): Promise<void> {
  const { applications }: { applications: { application: Application[] } } = JSON.parse(
    await server.call('GET', '/apps'),
  )
  const paths = applications.application.flatMap(({ name, instance }) =>
    instance.map(({ instanceId }) => `/apps/${encodeURIComponent(name)}/${encodeURIComponent(instanceId)}`),
  )
  for (const path of paths) await server.call('DELETE', path)
}

interface Application {
  readonly name: string
  readonly instance: readonly { readonly instanceId: string }[]
}

function registryOn({ endpoint }: EurekaServer): Registry {
  const target = targetOf(eureka, `eureka://${endpoint}`, 'auto')
  return {
    open: (options) => eureka.open(target, options),
    diagnose: (options) => eureka.diagnose(target, options),
    named: () => ({ url: `eureka://${endpoint}` }),
    instance: instanceOf,
    withStatus: (service, id, port) => ({ instance: instanceOf(service, id, port) }),
    malformed: (service, id) => ({ id, service, body: {}, ttlGranted: null }),
    typed: true,
    byAddress: true,
    alwaysEnds: true,
    stored: storedIn,
    async [Symbol.asyncDispose]() {},
  }
}

function instanceOf(name: string, id: string, port: number): InstanceInit {
  const endpoints = [`grpc://10.0.0.1:${port}`, `http://10.0.0.1:${port + 1}`]
  return { id, name, version: 'v1.0.0', metadata: { zone: 'a', text: '<&>"é' }, endpoints }
}

/** Without the times of the server. */
function storedIn({ body }: RawRecord): object {
  const told = body as EurekaTree
  const { durationInSecs, renewalIntervalInSecs } = told['leaseInfo'] as EurekaTree
  return { ...told, lastUpdatedTimestamp: undefined, leaseInfo: { durationInSecs, renewalIntervalInSecs } }
}
