import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { Backend } from '../../src/backends/contract/backend.ts'
import { nacos } from '../../src/backends/nacos/driver.ts'
import { RollcallError } from '../../src/model/errors.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { type NacosServer, startNacos } from '../servers/nacos/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Registry } from './ground.ts'
import { targetOf } from './kv-registry.ts'
import { conformance } from './suite.ts'

await describeWith('nacos', 'conformance on Nacos', () => {
  let server: NacosServer
  beforeAll(async () => {
    server = await startNacos()
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())

  conformance('nacos', nacos.capabilities('auto'), () => Promise.resolve(registryOn(server)))
})

/** A namespace of its own. Nacos keeps no ids: the suite's stand for ips, one each. */
function registryOn({ endpoint }: NacosServer): Registry {
  const url = `nacos://${endpoint}?namespace=${randomUUID()}`
  const target = targetOf(nacos, url, 'auto')
  const ips = new Map<string, string>()
  const instance = (name: string, id: string, port: number) => {
    const ip = ips.get(id) ?? `10.1.${ips.size >> 8}.${ips.size & 255}`
    ips.set(id, ip)
    return instanceAt(ip, { name, id, port })
  }
  return {
    diagnose: (options) => nacos.diagnose(target, options),
    open: async (options) => relabelled(await nacos.open(target, options), ips),
    named: () => ({ url }),
    instance,
    withStatus: (service, id, port) => ({ instance: instance(service, id, port) }),
    malformed: (service, id) => ({ id, service, body: {}, ttlGranted: null }),
    typed: true,
    keepsKind: true,
    byAddress: true,
    strangeName: 'org.example.Sre:1.0',
    async [Symbol.asyncDispose]() {},
  }
}

function instanceAt(ip: string, { name, id, port }: { name: string; id: string; port: number }): InstanceInit {
  const metadata = {
    zone: 'a',
    text: '<&>"é',
    // Nobody beats for what the suite registers, and filling a registry takes its time.
    'preserved.heart.beat.timeout': '300000',
    'preserved.ip.delete.timeout': '600000',
  }
  return { id, name, version: 'v1.0.0', metadata, endpoints: [`grpc://${ip}:${port}`, `http://${ip}:${port + 1}`] }
}

/** The backend, with ids of the suite's in place of the ips that stand for them. */
function relabelled(backend: Backend, ips: ReadonlyMap<string, string>): Backend {
  const stored = (instance: InstanceInit) => ({ ...instance, id: ips.get(instance.id) ?? instance.id })
  const labelOf = (ip: string) => [...ips].find(([, each]) => each === ip)?.[0] ?? ip
  const own: Pick<Backend, 'read' | 'encode' | 'register'> = {
    read(record, now) {
      const reading = backend.read(record, now)
      if (reading.is !== 'instance') return reading
      return { ...reading, instance: { ...reading.instance, id: labelOf(reading.instance.id) } }
    },
    encode: (instance, options) => backend.encode(stored(instance), options),
    register: (instance, options) =>
      backend.register(stored(instance), options).catch((error: unknown) => {
        if (!(error instanceof RollcallError)) throw error
        const { code, message, hint } = error
        throw new RollcallError(code, message.replace(stored(instance).id, instance.id), { hint })
      }),
  }
  return new Proxy(backend, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
