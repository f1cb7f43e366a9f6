import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { checkEntries } from '../../../src/lint/check.ts'
import { ownRecord, read } from '../../../src/backends/nacos/record.ts'
import { recordsOf } from '../../../src/backends/nacos/service-group.ts'
import { type Host, hostIn } from '../../../src/backends/nacos/host.ts'
import { addressOf, kratosName, recordId } from '../../../src/backends/nacos/names.ts'
import { NACOS_RULES } from '../../../src/backends/nacos/rules.ts'

/** As a server answers: see the captured lists of Kratos v2.9.2. */
const CAPTURED = {
  instanceId: '127.0.0.1#9000#DEFAULT#DEFAULT_GROUP@@helloworld.grpc',
  ip: '127.0.0.1',
  port: 9000,
  weight: 100,
  healthy: true,
  enabled: true,
  ephemeral: true,
  clusterName: 'DEFAULT',
  serviceName: 'DEFAULT_GROUP@@helloworld.grpc',
  metadata: { version: 'v1.2.3', zone: 'a', kind: 'grpc' },
  instanceHeartBeatInterval: 5000,
  instanceHeartBeatTimeOut: 15000,
  ipDeleteTimeout: 30000,
}
const AS = { kind: undefined }
const ALL = { readsAllClusters: true, cluster: 'DEFAULT' }

function host(change: object = {}): Host {
  const made = hostIn({ ...CAPTURED, ...change })
  if (!made) throw new Error('no host')
  return made
}

const at = (name: string) => ({ namespace: 'public', group: 'DEFAULT_GROUP', name })
const family = (services: Record<string, Host[]>, name = 'helloworld') =>
  recordsOf(
    ALL,
    name,
    Object.entries(services).map(([service, hosts]) => ({ service: at(service), hosts })),
  )

async function ruled(services: Record<string, Host[]>): Promise<string[]> {
  const records = family(services).map((record) => ({ record, reading: read(record, AS) }))
  async function* look() {
    yield records
  }
  const found: string[] = []
  for await (const batch of checkEntries(look, { rules: NACOS_RULES, now: 0 }))
    found.push(...batch.map(({ rule }) => rule))
  return found
}

describe('a record of Nacos', () => {
  it('is read as Kratos reads it, without what Kratos keeps in the metadata', () => {
    const [record] = family({ 'helloworld.grpc': [host()] })
    expect(record?.id).toBe('public/DEFAULT_GROUP@@helloworld.grpc/DEFAULT/127.0.0.1:9000')
    expect(record && read(record, AS)).toEqual({
      is: 'instance',
      instance: {
        id: '127.0.0.1',
        name: 'helloworld',
        version: 'v1.2.3',
        metadata: { zone: 'a' },
        endpoints: ['grpc://127.0.0.1:9000'],
      },
      observed: {
        status: 'up',
        weight: 100,
        place: { namespace: 'public', group: 'DEFAULT_GROUP', cluster: 'DEFAULT' },
        layout: 'kratos',
      },
      groupKey: 'public/DEFAULT_GROUP/DEFAULT/127.0.0.1',
    })
  })

  it.each([
    [{ enabled: false }, 'down', 'disabled'],
    [{ weight: 0 }, 'down', 'weight 0'],
    [{ healthy: false }, 'unhealthy', 'its heartbeats stopped'],
    [{ healthy: false, ephemeral: false }, 'unhealthy', 'the server cannot connect to it, persistent'],
    [{ healthy: false, enabled: false }, 'down', 'disabled'],
    [{ ephemeral: false }, 'up', 'persistent'],
  ])('with %j is %s: %s', (change, status, reason) => {
    const [record] = family({ 'helloworld.grpc': [host(change)] })
    expect(record && read(record, AS)).toMatchObject({ observed: { status, reason } })
  })

  it.each([
    [{}, undefined, 'grpc'],
    [{}, 'tcp', 'tcp'],
    [{ kind: 'http' }, 'tcp', 'http'],
    [{ 'preserved.register.source': 'SPRING_CLOUD' }, undefined, 'http'],
    [{ 'preserved.register.source': 'SPRING_CLOUD', secure: 'true' }, undefined, 'https'],
    [{ 'preserved.register.source': 'SPRING_CLOUD' }, 'tcp', 'tcp'],
  ])('with metadata %j, where kind=%s, is dialled with %s', (metadata, kind, scheme) => {
    const [record] = family({ orders: [host({ metadata })] }, 'orders')
    expect(record && read(record, { kind })).toMatchObject({
      instance: { id: '127.0.0.1:9000', metadata, endpoints: [`${scheme}://127.0.0.1:9000`] },
    })
  })

  it('of an IPv6 address has it in brackets', () => {
    const [record] = family({ 'helloworld.grpc': [host({ ip: 'fd00::1' })] })
    expect(record && read(record, AS)).toMatchObject({
      instance: { id: 'fd00::1', endpoints: ['grpc://[fd00::1]:9000'] },
    })
  })

  it('has an id by its port only where its ip has its scheme twice in that cluster', () => {
    const ids = family({
      'helloworld.grpc': [
        host(),
        host({ port: 9001 }),
        host({ ip: '10.0.0.1' }),
        host({ port: 9001, clusterName: 'b' }),
      ],
      'helloworld.http': [host({ port: 8000 }), host({ ip: '10.0.0.1', port: 8000 })],
    }).map((record) => {
      const reading = read(record, AS)
      return reading.is === 'instance' ? `${reading.observed.place?.cluster} ${reading.instance.id}` : reading.is
    })
    expect(ids.toSorted()).toEqual([
      'DEFAULT 10.0.0.1',
      'DEFAULT 10.0.0.1',
      'DEFAULT 127.0.0.1:8000',
      'DEFAULT 127.0.0.1:9000',
      'DEFAULT 127.0.0.1:9001',
      'b 127.0.0.1',
    ])
  })
})

test('the id of a record names its address, whatever the service is called', () => {
  const part = fc.stringMatching(/^[\w.:-]{1,12}$/)
  const address = fc.record({
    namespace: part,
    group: part,
    name: fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => name.isWellFormed() && !name.startsWith('@')),
    cluster: fc.stringMatching(/^[\w-]{1,8}$/),
    ip: fc.oneof(fc.ipV4(), fc.ipV6()),
    port: fc.nat(65_535),
  })
  fc.assert(
    fc.property(address, (one) => {
      expect(addressOf(recordId(one))).toEqual(one)
    }),
  )
})

test('a record that was made of an answer is read as a copy of it, which is checked', () => {
  const part = fc.oneof(
    fc.stringMatching(/^[\w.:-]{0,12}$/),
    fc.constantFrom('a/b', 'a@@b', '@', 'sre.grpc', '\\', 'é', '\ud800'),
  )
  const service = fc.record({ namespace: part, group: part, name: part })
  const change = fc.record({
    ip: fc.oneof(part, fc.ipV4(), fc.ipV6()),
    port: fc.constantFrom(0, 9000, 99_999, 100_000, -1, 1.5, 1e21),
    clusterName: part,
    weight: fc.constantFrom(0, 1),
    enabled: fc.boolean(),
    healthy: fc.boolean(),
    ephemeral: fc.boolean(),
    metadata: fc.dictionary(fc.constantFrom('id', 'kind', 'version', 'env', '__proto__'), part),
  })
  fc.assert(
    fc.property(service, change, (of, fields) => {
      for (const record of recordsOf(ALL, 'sre', [{ service: of, hosts: [host(fields)] }])) {
        const copy = Object.assign({}, record)
        expect(read(record, AS)).toEqual(read(copy, AS))
        expect(JSON.stringify(ownRecord(record)?.body)).toEqual(JSON.stringify(ownRecord(copy)?.body))
        expect(ownRecord(record)?.address).toEqual(ownRecord(copy)?.address)
      }
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['sre.grpc', { base: 'sre', scheme: 'grpc' }],
  ['a.b.https', { base: 'a.b', scheme: 'https' }],
  ['.grpc', { base: '', scheme: 'grpc' }],
  ['grpc', undefined],
  ['org.example.Orders', undefined],
])('%s is split as Kratos joins it', (name, parts) => {
  expect(kratosName(name)).toEqual(parts)
})

describe('the rules of Nacos', () => {
  it.each([
    ['helloworld.grpc', {}, []],
    ['orders', {}, ['RC2201']],
    ['helloworld.http', {}, ['RC2202']],
    ['helloworld.grpc', { metadata: {} }, ['RC2203']],
    ['helloworld.grpc', { ephemeral: false }, ['RC2204']],
    ['helloworld.grpc', { enabled: false }, ['RC2205']],
    ['helloworld.grpc', { weight: 0 }, ['RC2205']],
    ['helloworld.grpc', { healthy: false }, ['RC2206']],
  ])('%s with %j: %j', async (service, change, rules) => {
    expect(await ruled({ [service]: [host(change)] })).toEqual(rules)
  })

  it('miss an endpoint that others of the service have, once', async () => {
    const http = { metadata: { kind: 'http', version: '' } }
    const both = {
      'helloworld.grpc': [host(), host({ ip: '10.0.0.1' })],
      'helloworld.http': [host({ ...http, port: 8000 })],
    }
    expect(await ruled(both)).toEqual(['RC2207'])
    expect(await ruled({ 'helloworld.grpc': [host(), host({ ip: '10.0.0.1' })] })).toEqual([])
  })
})
