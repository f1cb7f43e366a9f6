import { describe, expect, it } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { NOW, options, stored } from './stored.ts'

function value(id: string, name: string, more: object = { endpoints: ['grpc://10.0.0.1:9000'] }): string {
  return JSON.stringify({ id, name, version: 'v1', metadata: {}, ...more })
}

function read(key: string | Uint8Array, text: string | Uint8Array, layout: LayoutName | 'auto' = 'auto') {
  return decode(stored(key, text), layout, options)
}

describe('a key beside the JSON in it', () => {
  it.each([
    ['agrees', '/microservices/sre/i', 'i', 'sre', 'kratos'],
    ['has another id', '/microservices/sre/x', 'i', 'sre', 'kratos'],
    ['has an id with slashes', '/microservices/sre/a/b', 'a/b', 'sre', 'kratos'],
    ['has a name with a slash', '/microservices/a/b/i', 'i', 'a/b', 'kratos'],
    ['has a name that goes on', '/microservices/payments/i', 'i', 'pay', 'kratos'],
    ['ends with the name', '/microservices/sre', 'i', 'sre', 'kratos'],
    ['has a scheme between', '/microservices/sre/grpc/i', 'i', 'sre', 'kratos-scheme'],
    ['has a scheme after a name with a slash', '/microservices/a/b/https/i', 'i', 'a/b', 'kratos-scheme'],
    ['has what is no scheme between', '/microservices/sre/blue/i', 'i', 'sre', 'kratos'],
    ['has a scheme in its id', '/microservices/sre/grpc/i', 'grpc/i', 'sre', 'kratos'],
    ['has two schemes between', '/microservices/sre/grpc/http/i', 'i', 'sre', 'kratos'],
  ])('%s', (_, key, id, name, layout) => {
    const reading = read(key, value(id, name))
    expect(reading).toMatchObject({ is: 'instance', instance: { id, name }, observed: { layout, status: 'up' } })
    expect('groupKey' in reading ? reading.groupKey : undefined).toBe(layout === 'kratos-scheme' ? id : undefined)
    expect(read(key, value(id, name), 'kratos')).toEqual(reading)
    expect(read(key, value(id, name), 'kratos-scheme')).toEqual(reading)
  })

  it('takes a scheme nobody knows when the endpoints have it', () => {
    const text = value('i', 'sre', { endpoints: ['thrift://10.0.0.1:1'] })
    expect(read('/microservices/sre/thrift/i', text)).toMatchObject({
      groupKey: 'i',
      observed: { layout: 'kratos-scheme' },
    })
  })

  it.each([
    ['/microservices//i', value('i', ''), 'empty-name'],
    ['/microservices//i', 'not json', 'empty-name'],
    ['/microservices/', value('i', 'sre'), 'empty-name'],
    ['/microservices//', 'null', 'empty-name'],
    ['/microservices/sre/', value('i', 'sre'), 'empty-id'],
    ['/microservices/sre/i', value('i', ''), 'empty-name'],
    ['/microservices/sre/i', value('', 'sre'), 'empty-id'],
    ['/microservices/sre/i', value('i', 'sre-admin'), 'name-mismatch'],
    ['/microservices/sre/i', value('i', 'SRE'), 'name-mismatch'],
    ['/microservices/sre', value('i', 'other'), 'short-key'],
    ['/microservices/sre', 'null', 'null-value'],
    ['/microservices/sre/i', '', 'not-json'],
    ['/microservices/sre/i', '10.0.0.1:80', 'not-json'],
    ['/microservices/sre/i', '"10.0.0.1:80"', 'wrong-type'],
    ['/microservices/sre/i', '[]', 'wrong-type'],
    ['/microservices/sre/i', '\ufeff{}', 'not-json'],
  ])('%s with %s: %s', (key, text, code) => {
    expect(read(key, text)).toMatchObject({ is: 'malformed', problem: { code } })
    expect(read(key, text, 'kratos')).toMatchObject({ is: 'malformed', problem: { code } })
  })

  it('mistakes no name for bytes that are not UTF-8', () => {
    const key = Buffer.from('/microservices/s\xffe/i', 'latin1')
    const broken = Buffer.from('{"id":"i","name":"s\xffe","endpoints":null}', 'latin1')
    expect(read(key, broken)).toMatchObject({
      problem: { code: 'name-mismatch', id: 'i', name: String.raw`s\xffe`, culprit: 's\ufffde' },
    })
    expect(read(key, value('i', String.raw`s\xffe`))).toMatchObject({ problem: { code: 'name-mismatch' } })
    expect(read(key, value('i', 's'))).toMatchObject({ is: 'instance', instance: { name: 's' } })
  })
})

describe('a problem', () => {
  it('tells what could be read, for the way to the process behind it', () => {
    expect(read('/microservices//node-7', value('node-7', ''))).toEqual({
      is: 'malformed',
      problem: {
        code: 'empty-name',
        message: 'the key has no service name',
        culprit: '/microservices//',
        id: 'node-7',
        endpoints: ['grpc://10.0.0.1:9000'],
      },
    })
  })

  it('names the field of a wrong type', () => {
    const text = value('i', 'sre', { metadata: { weight: 100 }, endpoints: ['grpc://10.0.0.1:9000'] })
    expect(read('/microservices/sre/i', text)).toMatchObject({
      problem: { code: 'wrong-type', culprit: 'metadata.weight', endpoints: ['grpc://10.0.0.1:9000'] },
    })
  })

  it('lets no control character through to a terminal', () => {
    expect(read('/microservices/s\x1b[2J/i', '\x1b]0;x\x07')).toMatchObject({
      problem: { code: 'not-json', culprit: String.raw`\x1b]0;x\x07` },
    })
  })
})

describe('what is seen of an instance', () => {
  it('takes weight and env from the metadata, and the times and lease from the store', () => {
    const text = value('i', 'sre', { metadata: { weight: '70', env: 'dev' } })
    expect(decode(stored('/microservices/sre/i', text, { createdAt: 5 }), 'auto', options)).toMatchObject({
      instance: { metadata: { weight: '70', env: 'dev' } },
      observed: { status: 'up', weight: 70, env: 'dev', lease: '7587', registeredAt: 5, layout: 'kratos' },
    })
  })

  it('says when nothing shows that it is alive', () => {
    const reading = decode(stored('/microservices/sre/i', value('i', 'sre'), { lease: null }), 'auto', options)
    expect(reading).toMatchObject({ observed: { status: 'up', reason: 'no lease: nothing shows that it is alive' } })
  })

  it.each([
    ['7', 7],
    ['+7', 7],
    ['-5', -5],
    ['007', 7],
    ['9223372036854775808', undefined],
    ['-9223372036854775809', undefined],
    ['1e2', undefined],
    ['0.5', undefined],
    ['heavy', undefined],
    ['', undefined],
    [' 7', undefined],
    ['+', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['\u0667', undefined],
  ])('takes the weight %j as Go does: %j', (weight, expected) => {
    const reading = read('/microservices/sre/i', value('i', 'sre', { metadata: { weight } }))
    expect(reading.is === 'instance' && reading.observed.weight).toBe(expected)
  })
})

describe('encode', () => {
  const place = { prefix: '/p', now: NOW }

  it('puts weight and env into the metadata', () => {
    const [record] = layouts.kratos.encode(
      { id: 'i', name: 'n', metadata: { zone: 'a' } },
      { ...place, weight: 5, env: 'dev' },
    )
    expect(record).toEqual({
      key: '/p/n/i',
      value: '{"id":"i","name":"n","version":"","metadata":{"env":"dev","weight":"5","zone":"a"},"endpoints":null}',
    })
  })

  it('writes a record for each scheme, with its endpoints in their order', () => {
    const endpoints = ['grpc://a:1', 'http://a:2', 'GRPC://b:3', 'thrift:']
    expect(layouts['kratos-scheme'].encode({ id: 'i', name: 'n', endpoints }, place)).toEqual([
      {
        key: '/p/n/grpc/i',
        value: '{"id":"i","name":"n","version":"","metadata":null,"endpoints":["grpc://a:1","GRPC://b:3"]}',
      },
      { key: '/p/n/http/i', value: '{"id":"i","name":"n","version":"","metadata":null,"endpoints":["http://a:2"]}' },
      { key: '/p/n/thrift/i', value: '{"id":"i","name":"n","version":"","metadata":null,"endpoints":["thrift:"]}' },
    ])
  })

  it.each([[['10.0.0.1:80']], [[]], [undefined]])('by scheme: refuses %j', (endpoints) => {
    expect(() => layouts['kratos-scheme'].encode({ id: 'i', name: 'n', endpoints }, place)).toThrow(
      expect.objectContaining({ code: 'usage' }),
    )
  })
})
