import { describe, expect, it } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import { NOW, options, stored } from './stored.ts'

const read = (key: string, value: string) => decode(stored(key, value, { prefix: '/services' }), 'plain', options)

describe('reading', () => {
  it.each(['10.0.0.30:8080', 'http://h:1/path', 'http://example.org', '[::1]:80', 'gateway.local:443'])(
    '%s',
    (value) => {
      expect(read('/services/gateway/g-1', value)).toEqual({
        is: 'instance',
        instance: { id: 'g-1', name: 'gateway', version: '', metadata: {}, endpoints: [value] },
        observed: { status: 'up', lease: '7587', layout: 'plain' },
      })
    },
  )

  it('takes the rest of the key for the id', () => {
    expect(read('/services/gateway/a/b', 'h:1')).toMatchObject({ instance: { id: 'a/b' } })
  })

  it.each([
    ['/services/gateway/g-1', '', 'not-an-address'],
    ['/services/gateway/g-1', 'h', 'not-an-address'],
    ['/services/gateway/g-1', 'h:1\n', 'not-an-address'],
    ['/services/gateway/g-1', 'http://', 'not-an-address'],
    ['/services/gateway/g-1', '{"id":"g-1","name":"gateway"}', 'not-an-address'],
    ['/services/gateway/g-1', 'null', 'not-an-address'],
    ['/services/gateway/g-1', '"h:1"', 'not-an-address'],
    ['/services//g-1', 'h:1', 'empty-name'],
    ['/services/gateway/', 'h:1', 'empty-id'],
    ['/services/gateway', 'h:1', 'short-key'],
    ['/other/gateway/g-1', 'h:1', 'short-key'],
  ])('%s with %j: %s', (key, value, code) => {
    expect(read(key, value)).toMatchObject({ is: 'malformed', problem: { code } })
  })
})

const auto = (prefix: string, value: string, more: object = {}) =>
  decode(stored(`${prefix}/s/i`, value, { prefix }), 'auto', { ...options, ...more })
const BESIDE_KRATOS = { folder: { kratos: true, aio: false, patroni: false } }

describe('telling it from the rest', () => {
  it('reads an address where nobody says that JSON lies there', () => {
    expect(auto('/services', 'h:1')).toMatchObject({ observed: { layout: 'plain' } })
    expect(auto('/services', 'http://h:1')).toMatchObject({ observed: { layout: 'plain' } })
    expect(auto('/any', 'h:1')).toMatchObject({ observed: { layout: 'plain' } })
    expect(auto('/services', 'word')).toEqual({ is: 'foreign' })
    expect(auto('/services', '8080')).toEqual({ is: 'foreign' })
  })

  it.each(['/microservices', '/aio/registry'])('takes an address under %s for a fault', (prefix) => {
    expect(auto(prefix, 'h:1')).toMatchObject({ problem: { code: 'not-json' } })
  })

  it('leaves an address alone beside records of Kratos, whose reads fail by it', () => {
    expect(auto('/any', 'h:1', BESIDE_KRATOS)).toEqual({ is: 'foreign', breaks: 's/i' })
    expect(auto('/services', 'h:1', BESIDE_KRATOS)).toMatchObject({ observed: { layout: 'plain' } })
  })

  it.each([
    [{ address: 'h:1', last_renew_time: '2026-11-21T05:00:10Z' }, 'aio'],
    [{ Address: 'h:1', Register_Time: null }, 'aio'],
    [{ endpoints: [] }, 'kratos'],
    [{ endpoints: null, address: 'h:1' }, 'kratos'],
    [{ endpoints: ['grpc://h:1'], address: 5 }, 'kratos'],
  ])('JSON with %j is %s', (more, layout) => {
    const reading = auto('/services', JSON.stringify({ id: 'i', name: 's', metadata: {}, ...more }))
    expect(reading).toMatchObject({ is: 'instance', observed: { layout } })
  })

  it('reads neither by the other struct', () => {
    const aio = { id: 'i', name: 's', address: 'h:1', start_time: '2026-11-21T05:00:10Z', version: 5 }
    expect(auto('/services', JSON.stringify(aio))).toMatchObject({ is: 'instance', observed: { layout: 'aio' } })
    const kratos = { id: 'i', name: 's', endpoints: [5], address: 'h:1' }
    expect(auto('/microservices', JSON.stringify(kratos))).toMatchObject({ problem: { culprit: 'endpoints[0]' } })
    const worse = { id: 'i', name: 's', endpoints: 5, address: 'h:1' }
    expect(auto('/microservices', JSON.stringify(worse))).toMatchObject({ problem: { culprit: 'endpoints' } })
    expect(auto('/services', JSON.stringify(worse))).toEqual({ is: 'foreign' })
  })
})

const write = (instance: object, more = {}) =>
  layouts.plain.encode({ id: 'g-1', name: 'gateway', ...instance }, { prefix: '/services', now: NOW, ...more })

describe('writing', () => {
  it('writes the endpoint as it is', () => {
    expect(write({ endpoints: ['10.0.0.30:8080'], version: '', metadata: {} })).toEqual([
      { key: '/services/gateway/g-1', value: '10.0.0.30:8080' },
    ])
  })

  it.each([
    [{ endpoints: ['h:1'], version: 'v1' }, {}, 'layout plain cannot hold a version'],
    [{ endpoints: ['h:1'], metadata: { a: 'b' } }, { weight: 1 }, 'layout plain cannot hold metadata or a weight'],
    [{ endpoints: ['h:1'] }, { env: 'dev' }, 'layout plain cannot hold an env'],
    [{ endpoints: ['h:1', 'h:2'] }, {}, 'layout plain holds exactly one endpoint, not 2'],
    [{}, {}, 'layout plain holds exactly one endpoint, not 0'],
    [{ endpoints: ['h'] }, {}, '"h" is neither host:port nor a URL'],
  ])('refuses %j %j', (instance, more, message) => {
    expect(() => write(instance, more)).toThrow(expect.objectContaining({ code: 'usage', message }))
  })
})
