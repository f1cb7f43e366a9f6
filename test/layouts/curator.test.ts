import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import type { Status } from '../../src/model/status.ts'
import { anyText } from '../any-text.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { rounds } from '../rounds.ts'
import { options, stored } from './stored.ts'

const { curator } = layouts
const lease = '100001082520023'

function read(key: string, value: string | Buffer, prefix = '/services', layout: LayoutName | 'auto' = 'auto') {
  return decode(stored(key, value, { prefix, lease }), layout, { ...options, folders: true })
}

const captured = [...frameworkRecords('zookeeper')].flatMap(([writer, records]) =>
  records
    .filter(({ value }) => value.includes('registrationTimeUTC'))
    .map(({ key, value }) => ({ writer: writer.replace(/-[\d.]+$/, ''), key, value })),
)

const ANSWERS: Readonly<Record<string, object>> = {
  curator: {
    instance: { id: '0b6c2f0e-1', name: 'billing', version: '', metadata: {}, endpoints: ['http://10.1.0.5:8443'] },
    observed: { registeredAt: 1_795_969_935_333 },
  },
  dubbo: {
    instance: {
      id: '192.0.2.2:20880',
      name: 'dubbo-demo',
      endpoints: ['tri://192.0.2.2:20880'],
      metadata: { 'dubbo.metadata.revision': 'b45b35e0edab8682976147429971df66' },
    },
    observed: { registeredAt: 1_795_969_948_892 },
  },
  'spring-cloud': {
    instance: {
      id: '1648fefd-0e2c-4636-943a-17162e70c222',
      name: 'order-service',
      endpoints: ['http://192.0.2.2:35395'],
      metadata: { zone: 'z1', instance_status: 'UP' },
    },
    observed: { registeredAt: 1_795_969_954_336 },
  },
}

test('every captured record in its form is answered for', () => {
  expect(captured.map(({ writer }) => writer).toSorted()).toEqual(Object.keys(ANSWERS).toSorted())
})

test.each(captured.map((record) => [record.writer, record] as const))('what %s stored', (writer, { key, value }) => {
  const wanted = {
    is: 'instance',
    ...ANSWERS[writer],
    observed: { ...(ANSWERS[writer] as { observed: object }).observed, status: 'up', layout: 'curator', lease },
  }
  for (const prefix of ['/services', '']) expect(read(key, value, prefix)).toMatchObject(wanted)
  expect(read(key, value, '/services', 'curator')).toMatchObject(wanted)
  expect(read(key, value, '/services', 'kratos').is).toBe('foreign')
  expect(read(key.replace('/services', '/microservices'), value, '/microservices').is).toBe('foreign')
  expect(read(key.replace('/services', '/apps'), value, '/apps')).toMatchObject(wanted)
  expect(read(key.replace('/services', '/apps/eu'), value, '/apps')).toMatchObject({ belongsTo: '/apps/eu' })
})

/** A record of Spring Cloud with other members. */
const spring = (more: object) =>
  JSON.stringify({
    name: 'a',
    id: 'i',
    address: '10.0.0.1',
    port: 80,
    sslPort: null,
    payload: null,
    registrationTimeUTC: 1,
    serviceType: 'DYNAMIC',
    uriSpec: {
      parts: ['scheme', '://', 'address', ':', 'port'].map((value) => ({ value, variable: /^\w/.test(value) })),
    },
    ...more,
  })

const endpointsOf = (more: object) => {
  const reading = read('/services/a/i', spring(more))
  return reading.is === 'instance' ? reading.instance.endpoints : reading.is
}

test.each<[object, string | string[]]>([
  [{}, ['http://10.0.0.1:80']],
  [{ port: null, sslPort: 443 }, ['https://10.0.0.1:443']],
  [{ sslPort: 443 }, ['http://10.0.0.1:80', 'https://10.0.0.1:443']],
  [{ port: null }, []],
  [{ uriSpec: null }, ['10.0.0.1:80']],
  [{ uriSpec: null, port: null, sslPort: 443 }, ['https://10.0.0.1:443']],
  [{ address: null }, []],
  [{ address: 'fe80::1' }, ['http://[fe80::1]:80']],
  [{ port: '80' }, ['http://10.0.0.1:80']],
  [
    {
      uriSpec: {
        parts: [
          { value: 'grpc://h:', variable: false },
          { value: 'port', variable: true },
        ],
      },
    },
    ['grpc://h:80'],
  ],
  [{ payload: 'x', later: [1] }, ['http://10.0.0.1:80']],
  [{ port: 'none' }, 'foreign'],
  [{ port: 1.5 }, 'foreign'],
  [{ id: {} }, 'foreign'],
  [{ serviceType: 'dynamic' }, 'foreign'],
  [{ uriSpec: { parts: ['scheme'] } }, 'foreign'],
  [{ uriSpec: 'http' }, 'foreign'],
])('reads %j as Curator does', (more, wanted) => {
  expect(endpointsOf(more)).toEqual(wanted)
})

it('tells what fails the queries of a service', () => {
  expect(read('/services/a/i', spring({ port: 'none' }))).toEqual({
    is: 'foreign',
    looksLike: 'Curator',
    spoils: 'Curator',
  })
})

test.each<[object, Status, string | undefined]>([
  [{ payload: { metadata: { instance_status: 'OUT_OF_SERVICE' } } }, 'maintenance', 'instance_status OUT_OF_SERVICE'],
  [{ payload: { metadata: { instance_status: 'up' } } }, 'up', undefined],
  [{ payload: { metadata: { instance_status: '' } } }, 'up', undefined],
  [{ payload: { metadata: null } }, 'up', undefined],
  [{ enabled: true }, 'up', undefined],
  [{ enabled: false }, 'maintenance', 'enabled is false'],
])('%j is %s', (more, status, reason) => {
  const reading = read('/services/a/i', spring(more))
  expect(reading).toMatchObject({ observed: { status } })
  expect(reading.is === 'instance' && reading.observed.reason).toBe(reason)
})

describe('a status', () => {
  const { value = Buffer.alloc(0) } = captured.find(({ writer }) => writer === 'spring-cloud') ?? {}

  it("changes one word of Spring Cloud's record, and back", () => {
    const out = curator.setStatus?.(value, 'down', 0) ?? Buffer.alloc(0)
    expect(Buffer.from(out).toString()).toBe(value.toString().replace('"UP"', '"OUT_OF_SERVICE"'))
    expect(read('/services/order-service/x', Buffer.from(out))).toMatchObject({ observed: { status: 'maintenance' } })
    expect(curator.setStatus?.(out, 'up', 0)).toEqual(value)
  })

  it('is added where the metadata have none', () => {
    const payload = { '@class': 'org.springframework.cloud.zookeeper.discovery.ZookeeperInstance', metadata: null }
    const out = curator.setStatus?.(Buffer.from(spring({ payload })), 'maintenance', 0)
    expect(JSON.parse(String(out))).toEqual(
      JSON.parse(spring({ payload: { ...payload, metadata: { instance_status: 'OUT_OF_SERVICE' } } })),
    )
  })

  it.each(captured.filter(({ writer }) => writer !== 'spring-cloud').map((record) => [record.writer, record] as const))(
    'has no place in what %s stored',
    (_, record) => {
      expect(curator.setStatus?.(record.value, 'down', 0)).toBeUndefined()
    },
  )

  it('that Spring Cloud does not know is refused', () => {
    expect(() => curator.setStatus?.(value, 'unhealthy', 0)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})

const segment = anyText({ minLength: 1 }).map((name) => name.replaceAll('/', '_'))
const metadata = fc.dictionary(anyText(), anyText())

it('reads what it writes', () => {
  const endpoint = fc
    .tuple(
      fc.constantFrom('http', 'https', 'grpc', 'tri'),
      fc.constantFrom('10.0.0.1', 'h', '[::1]'),
      fc.integer({ min: 1, max: 65_535 }),
    )
    .map(([scheme, host, port]) => `${scheme}://${host}:${port}`)
  fc.assert(
    fc.property(segment, segment, endpoint, metadata, fc.boolean(), (name, id, url, said, isPersistent) => {
      const instance = { id, name, version: '', metadata: said, endpoints: [url] }
      const [record] = curator.encode(instance, { prefix: '/services', now: 7, isPersistent })
      expect(record?.key).toBe(`/services/${name}/${id}`)
      expect(JSON.parse(record?.value ?? '')).toMatchObject({ serviceType: isPersistent ? 'PERMANENT' : 'DYNAMIC' })
      // An instance_status among the metadata is the status.
      expect(read(record?.key ?? '', record?.value ?? '')).toMatchObject({
        instance,
        observed: { layout: 'curator', registeredAt: 7 },
      })
    }),
    { seed: 1, numRuns: rounds(200, 1_000) },
  )
})

it('never throws, and calls nothing of a framework malformed', () => {
  const names = ['name', 'id', 'registrationTimeUTC', 'serviceType', 'payload', 'uriSpec', 'port', 'address', 'enabled']
  const value = fc.tuple(...names.map((name) => fc.json().map((json) => `"${name}":${json}`)))
  fc.assert(
    fc.property(value, fc.constantFrom('/services', '', '/x'), (members, prefix) => {
      const reading = read(`${prefix}/a/i`, `{${members.join(',')}}`, prefix)
      expect(['instance', 'foreign']).toContain(reading.is)
    }),
    { seed: 1, numRuns: rounds(300, 3_000) },
  )
})

test.each<[object, string]>([
  [{ version: 'v1' }, 'layout curator cannot hold a version'],
  [{ endpoints: ['http://h:1', 'grpc://h:2'] }, 'layout curator holds exactly one endpoint, not 2'],
])('refuses to write %j', (more, message) => {
  const write = () =>
    curator.encode({ id: 'i', name: 'n', endpoints: ['h:1'], ...more }, { prefix: '/services', now: 0 })
  expect(write).toThrow(expect.objectContaining({ code: 'usage', message }))
})
