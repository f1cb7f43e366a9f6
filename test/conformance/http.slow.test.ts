import { afterAll, beforeAll } from 'vitest'
import { http } from '../../src/backends/http/driver.ts'
import type { OpenOptions } from '../../src/backends/contract/driver.ts'
import { local } from '../../src/backends/local/driver.ts'
import { Client } from '../../src/client/client.ts'
import { targetFrom } from '../../src/config/target.ts'
import type { Capabilities } from '../../src/model/capabilities.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { type RunningServer, serve } from '../../src/server/server.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { PATIENT } from '../patience.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Registry } from './ground.ts'
import { targetOf } from './kv-registry.ts'
import { conformance, partsOf } from './suite.ts'

conformance('http, over an embedded registry', http.capabilities('auto'), () =>
  Promise.resolve(servedRegistry('memory:')),
)

/** Leases are the server's own, so over HTTP what has one is known by its TTL alone. */
const leased: Capabilities = {
  ...local.capabilities('kratos'),
  lease: false,
  rawKeys: false,
  restore: false,
}
conformance('http, over an embedded registry in layout kratos', leased, () =>
  Promise.resolve({ ...servedRegistry('memory:?layout=kratos', instanceOf), unattended: { ttl: null } }),
)

await describeWith('etcd', 'conformance on etcd', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  let runs = 0
  conformance(
    'http, over etcd',
    http.capabilities('auto'),
    () => {
      runs += 1
      return Promise.resolve(servedRegistry(`etcd://${etcd.endpoint}?prefix=/suite-${runs}`))
    },
    { parts: partsOf('auto') },
  )
})

/** A registry of its own behind a server that begins with its first client, whose clock it goes by. */
function servedRegistry(url: string, instance = aioInstanceOf): Registry {
  let behind: Client | undefined
  let server: RunningServer | undefined
  const start = async ({ now }: OpenOptions, port = 0): Promise<RunningServer> => {
    behind ??= await Client.open(targetFrom(url, PATIENT), { now })
    return await serve(behind, { host: '127.0.0.1', port, now })
  }
  let starting: Promise<RunningServer> | undefined
  let last: OpenOptions | undefined
  return {
    async open(options) {
      last = options
      starting ??= start(options)
      server = await starting
      return await http.open(targetOf(http, urlOf(server), 'auto'), options)
    },
    async *diagnose(options) {
      starting ??= start(options)
      server = await starting
      yield* http.diagnose(targetOf(http, urlOf(server), 'auto'), options)
    },
    named: () => ({ url: urlOf(server) }),
    instance,
    withStatus: (service, id, port) => ({ instance: instance(service, id, port) }),
    malformed: (service, id) => ({ id: `${service}/${id}`, service, body: {}, ttlGranted: null }),
    /** A server that was restarted knows nothing of what was before. */
    async forget() {
      const { port = 0 } = server ?? {}
      await server?.[Symbol.asyncDispose]()
      if (last) server = await start(last, port)
    },
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]()
      await behind?.[Symbol.asyncDispose]()
    },
  }
}

function urlOf(server: RunningServer | undefined): string {
  return `http://127.0.0.1:${server?.port ?? 0}/registry`
}

/** As much as an AIO record holds. */
function aioInstanceOf(name: string, id: string, port: number): InstanceInit {
  const version = 'v1.0.0'
  return {
    id,
    name,
    version,
    metadata: { zone: 'a', text: '<&>"é', version },
    endpoints: [`http://10.0.0.1:${port}`],
  }
}

function instanceOf(name: string, id: string, port: number): InstanceInit {
  const endpoints = [`grpc://10.0.0.1:${port}`, `http://10.0.0.1:${port + 1}`]
  return { id, name, version: 'v1.0.0', metadata: { zone: 'a', text: '<&>"é' }, endpoints }
}
