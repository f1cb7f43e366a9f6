import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { anyText } from '../any-text.ts'
import { type FrameworkRecord, frameworkRecords } from '../cli/frameworks.ts'
import { rounds } from '../rounds.ts'
import { options, stored } from './stored.ts'

const captured = frameworkRecords('etcd')
const lease = '4997a2281f68663d'

/** A captured record as it is read under a prefix; its own, unless another is named. */
function read({ key, value, leased }: FrameworkRecord, prefix: string, layout: LayoutName | 'auto' = 'auto') {
  return decode(stored(key, value, { prefix, lease: leased ? lease : null }), layout, options)
}

/** What rollcall answers to each captured record, under the prefix that it lies under. */
const ANSWERS: Readonly<Record<string, readonly (readonly [prefix: string, instance: object, observed?: object])[]>> = {
  'go-zero': [
    [
      'prod',
      { name: 'order.rpc', id: '5302885379461375543', endpoints: ['10.0.0.33:8080'], version: '', metadata: {} },
    ],
    ['', { name: 'stock.rpc', id: '7', endpoints: ['10.0.0.34:8080'] }],
    ['', { name: 'user.rpc', id: '5302885379461375549', endpoints: ['10.0.0.32:8080'] }],
    ['', { name: 'user.rpc', id: '5302885379461375558', endpoints: ['10.0.0.31:8080'] }],
  ],
  'grpc-go': [
    [
      '/grpc',
      {
        name: 'greeter',
        id: '10.0.0.22:50051',
        endpoints: ['grpc://10.0.0.22:50051'],
        metadata: { weight: '10', zone: 'z1' },
      },
      { weight: 10 },
    ],
    ['', { name: 'grpc-greeter', id: '10.0.0.21:50051', endpoints: ['grpc://10.0.0.21:50051'], metadata: {} }],
  ],
  kitex: [
    [
      'kitex/registry-etcd',
      { name: 'echo.svc', id: '10.0.0.41:8888', endpoints: ['tcp://10.0.0.41:8888'], metadata: { idc: 'lf' } },
      { weight: 10 },
    ],
    [
      'kitex/registry-etcd',
      { name: 'echo.svc', id: '10.0.0.42:8888', endpoints: ['tcp://10.0.0.42:8888'], metadata: {} },
      { weight: 10 },
    ],
  ],
  'go-micro': ['greeter-8f1', 'greeter-9a2'].map((id, at) => [
    '/micro/registry',
    {
      name: 'greeter',
      id,
      version: 'latest',
      endpoints: [`grpc://10.0.0.${51 + at}:50051`],
      metadata: { team: 'a', broker: 'http', protocol: 'grpc', registry: 'etcd', server: 'grpc', transport: 'grpc' },
    },
  ]),
  goframe: [
    [
      '/service',
      {
        name: 'hello',
        id: '10.0.0.61:8000',
        version: 'v1.0.0',
        endpoints: ['http://10.0.0.61:8000'],
        metadata: { insecure: 'true', protocol: 'http' },
      },
    ],
    [
      '/service',
      {
        name: 'hello',
        id: '10.0.0.62:8000,10.0.0.62:9000',
        endpoints: ['http://10.0.0.62:8000', 'http://10.0.0.62:9000'],
      },
    ],
  ],
}

const LAYOUT_OF: Readonly<Record<string, LayoutName>> = { 'grpc-go': 'grpc-naming' }

it('answers for every captured file', () => {
  expect(Object.keys(ANSWERS).toSorted()).toEqual([...captured.keys()].toSorted())
})

describe.each([...captured])('what %s stored', (writer, records) => {
  const layout = LAYOUT_OF[writer] ?? writer
  const answers = ANSWERS[writer] ?? []

  it.each(records.map((record, at) => [record.key, record, at] as const))('%s', (_, record, at) => {
    const [prefix = '', instance = {}, observed = {}] = answers[at] ?? []
    const wanted = { is: 'instance', instance, observed: { status: 'up', layout, lease, ...observed } }
    expect(read(record, prefix)).toMatchObject(wanted)
    expect(read(record, '')).toMatchObject(wanted)
    expect(read(record, prefix, layout as LayoutName)).toMatchObject(wanted)
    // Under another prefix, or another layout, it is nobody's here.
    const other = record.key.startsWith('/') ? '/microservices' : 'elsewhere'
    expect(read(record, other).is).toBe('foreign')
    expect(read(record, prefix, 'kratos').is).toBe('foreign')
    expect(read(record, '/aio/registry').is).toBe('foreign')
  })

  it('are foreign in a tree, where their writers store them otherwise', () => {
    for (const { key, value } of records)
      expect(decode(stored(key, value, { prefix: '/x', lease }), 'auto', { ...options, folders: true }).is).not.toBe(
        'malformed',
      )
  })
})

const readAt = (layout: LayoutName | 'auto', prefix: string, key: string, value: string, leased = true) =>
  decode(stored(key, value, { prefix, lease: leased ? lease : null }), layout, options)

const metadataOf = (json: string) => {
  const reading = readAt('auto', '', 'svc/a', `{"Op":0,"Addr":"10.0.0.1:1","Metadata":${json}}`)
  return reading.is === 'instance' ? reading.instance.metadata : undefined
}

describe('under a prefix that a framework owns', () => {
  it('a name may hold slashes', () => {
    const value = '{"network":"tcp","address":"10.0.0.1:1","weight":0,"tags":null}'
    expect(readAt('auto', 'kitex/registry-etcd', 'kitex/registry-etcd/a/b/10.0.0.1:1', value)).toMatchObject({
      instance: { name: 'a/b', id: '10.0.0.1:1' },
      observed: { weight: 10 },
    })
    expect(readAt('auto', 'x', 'x/a/b/10.0.0.1:1', value)).toMatchObject({ is: 'foreign', belongsTo: 'x/a' })
  })

  it('go-zero takes whatever lies below a Key, as its clients do', () => {
    expect(readAt('go-zero', 'prod', 'prod/user.rpc/7', 'ready')).toMatchObject({ instance: { endpoints: ['ready'] } })
    expect(readAt('go-zero', 'prod', 'prod/user.rpc/7', '10.0.0.1:1', false)).toMatchObject({
      is: 'instance',
      observed: { reason: expect.stringContaining('no lease') },
    })
    expect(readAt('go-zero', 'prod', 'prod/user.rpc/x', '10.0.0.1:1')).toMatchObject({ is: 'foreign' })
    expect(readAt('auto', 'prod', 'prod/user.rpc/7', '10.0.0.1:1', false)).toMatchObject({
      observed: { layout: 'plain' },
    })
  })

  it.each([
    ['what Kitex cannot decode', 'kitex/registry-etcd', '{"network":"tcp","address":"h:1","weight":"10"}'],
    ['what Kitex cannot decode', 'kitex/registry-etcd', '{"network":"tcp","address":"h:1","weight":1,"tags":{"a":1}}'],
    [
      'a node that go-micro cannot decode',
      '/micro/registry',
      '{"name":"a","version":"","endpoints":null,"nodes":[{"id":1}]}',
    ],
    ['what is no instance', '/micro/registry', '{"log":"debug"}'],
    ['what is no JSON', 'hertz/registry-etcd', 'ready'],
  ])('%s is foreign: %s %s', (_, prefix, value) => {
    expect(readAt('auto', prefix, `${prefix}/a/h:1`, value).is).toBe('foreign')
  })

  it("tells what fails GoFrame's searches", () => {
    const spoils = { is: 'foreign', spoils: 'GoFrame' }
    expect(readAt('auto', '/service', '/service/default/default/hello', '{}')).toMatchObject(spoils)
    expect(readAt('auto', '/service', '/service/d/n/hello/v1/10.0.0.1:1', '[]')).toMatchObject(spoils)
    expect(readAt('auto', '/service', '/service/batman/config', '{"ttl":30}')).not.toHaveProperty('spoils')
  })

  it('gRPC naming: metadata of any type is text', () => {
    expect(metadataOf('{"a":1.50,"b":[1, {"c":null}],"d":null,"e":"\\u00e9","__proto__":true}')).toEqual(
      Object.fromEntries([
        ['a', '1.50'],
        ['b', '[1, {"c":null}]'],
        ['d', 'null'],
        ['e', 'é'],
        ['__proto__', 'true'],
      ]),
    )
    expect([metadataOf('null'), metadataOf('"v1"'), metadataOf('[1]')]).toEqual([
      {},
      { metadata: 'v1' },
      { metadata: '[1]' },
    ])
  })
})

const segment = anyText({ minLength: 1 }).map((name) => name.replaceAll('/', '_'))
const metadata = fc.dictionary(fc.oneof(anyText(), fc.constant('__proto__')), anyText())
const address = fc
  .tuple(fc.constantFrom('10.0.0.1', 'h', '[::1]'), fc.integer({ min: 1, max: 65_535 }))
  .map(([host, port]) => `${host}:${port}`)

const encode = (layout: LayoutName, prefix: string, instance: InstanceInit, more = {}) =>
  layouts[layout].encode(instance, { prefix, now: 0, ...more }).map(({ key, value }) => ({
    key,
    value,
    reading: decode(stored(key, value, { prefix, lease }), 'auto', options),
  }))

describe('what is written is read', () => {
  it('go-zero', () => {
    fc.assert(
      fc.property(segment, address, fc.option(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n })), (name, endpoint, id) => {
        const instance = { name, id: id === null ? 'web-1' : String(id), endpoints: [endpoint] }
        const [record] = encode('go-zero', 'prod', instance, { lease })
        const own = id === null ? BigInt(`0x${lease}`).toString() : String(id)
        expect(record).toMatchObject({ key: `prod/${name}/${own}`, value: endpoint })
        expect(record?.reading).toMatchObject({
          instance: { name, id: own, endpoints: [endpoint] },
          observed: { layout: 'go-zero' },
        })
      }),
      { seed: 1, numRuns: rounds(200, 1_000) },
    )
  })

  it('gRPC naming', () => {
    fc.assert(
      fc.property(segment, segment, address, metadata, (name, id, host, said) => {
        const instance = { id, name, version: '', metadata: said, endpoints: [`grpc://${host}`] }
        expect(encode('grpc-naming', '/grpc', instance)[0]?.reading).toHaveProperty('instance', instance)
      }),
      { seed: 1, numRuns: rounds(200, 1_000) },
    )
  })

  it('Kitex', () => {
    fc.assert(
      fc.property(segment, segment, address, metadata, fc.nat(), (name, id, host, tags, weight) => {
        const instance = { id, name, version: '', metadata: tags, endpoints: [`tcp://${host}`] }
        const [record] = encode('kitex', 'kitex/registry-etcd', instance, { weight })
        expect(record?.reading).toHaveProperty('instance', instance)
        expect(record?.reading).toMatchObject({ observed: { layout: 'kitex', weight: weight || 10 } })
      }),
      { seed: 1, numRuns: rounds(200, 1_000) },
    )
  })

  it.each(
    [...captured].flatMap(([writer, records]) =>
      ['go-zero', 'grpc-go', 'kitex'].includes(writer)
        ? records.map((record) => [record.key, writer, record] as const)
        : [],
    ),
  )('byte for byte as its framework does: %s', (key, writer, record) => {
    const at = (ANSWERS[writer] ?? [])[captured.get(writer)?.indexOf(record) ?? -1]
    const [prefix = '', instance = {}] = at ?? []
    const layout = (LAYOUT_OF[writer] ?? writer) as LayoutName
    const init = { version: '', ...(instance as InstanceInit) }
    // A number in gRPC's metadata is a text when it is written again.
    if (init.metadata && 'weight' in init.metadata) return
    const own = {
      prefix,
      atStart: prefix === '',
      now: 0,
      lease: BigInt(writer === 'go-zero' ? init.id : 0).toString(16),
    }
    expect(layouts[layout].encode(init, own)).toEqual([{ key, value: record.value.toString() }])
  })

  it.each<[LayoutName, Partial<InstanceInit>, string]>([
    ['go-zero', { endpoints: ['grpc://h:1'] }, 'layout go-zero holds no scheme, and the endpoint is grpc://h:1'],
    ['go-zero', { endpoints: ['h:1'], metadata: { a: 'b' } }, 'layout go-zero cannot hold metadata'],
    ['kitex', { endpoints: ['grpc://h:1'] }, 'layout kitex is for tcp alone, and the endpoint is grpc://h:1'],
    ['kitex', { endpoints: ['h:1'], version: 'v1' }, 'layout kitex cannot hold a version'],
    ['grpc-naming', { endpoints: ['h:1', 'h:2'] }, 'layout grpc-naming holds exactly one endpoint, not 2'],
    ['go-micro', { endpoints: ['h:1'] }, 'rollcall reads layout go-micro and does not write it'],
    ['goframe', { endpoints: ['h:1'] }, 'rollcall reads layout goframe and does not write it'],
  ])('%s refuses %j', (layout, instance, message) => {
    expect(() => encode(layout, '/x', { id: 'i', name: 'n', ...instance })).toThrow(
      expect.objectContaining({ code: 'usage', message }),
    )
  })
})

const member = (name: string) => fc.json().map((json) => `"${name}":${json}`)

it('never calls a record of a framework malformed, whatever it says', () => {
  const names = [
    'network',
    'address',
    'weight',
    'tags',
    'Op',
    'Addr',
    'Metadata',
    'name',
    'version',
    'endpoints',
    'nodes',
  ]
  const value = fc
    .subarray(names, { minLength: 1 })
    .chain((some) => fc.tuple(...some.map(member)))
    .map((members) => `{${members.join(',')}}`)
  const places = ['kitex/registry-etcd', '/micro/registry', '/service', '/service/default/default', '', 'x']
  fc.assert(
    fc.property(value, fc.constantFrom(...places), segment, (text, prefix, id) => {
      const reading = decode(
        stored([prefix, 'svc', id].filter(Boolean).join('/'), text, { prefix, lease }),
        'auto',
        options,
      )
      expect(['instance', 'foreign']).toContain(reading.is)
    }),
    { seed: 1, numRuns: rounds(300, 3_000) },
  )
})
