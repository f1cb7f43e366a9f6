import { describe, expect, it } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import samples from '../fixtures/etcd-records.json' with { type: 'json' }
import { NOW, options, prefixOf, stored } from './stored.ts'

/** Why each bad sample is bad. */
const PROBLEMS: Readonly<Record<string, string>> = {
  '/microservices//node-7.local': 'empty-name',
  '/microservices//grpc/web-7': 'empty-name',
  '/microservices/sre/': 'empty-id',
  '/microservices//': 'empty-name',
  '/microservices/pay/p-1': 'name-mismatch',
  '/microservices/cart/c-1': 'not-json',
  '/microservices/cart/c-2': 'null-value',
  '/microservices/cart/c-3': 'wrong-type',
  '/microservices/cart/c-4': 'wrong-type',
}

const LAYOUTS: Readonly<Record<string, string>> = {
  '/microservices/sre/grpc/node-7.local': 'kratos-scheme',
  '/microservices/sre/http/node-7.local': 'kratos-scheme',
  '/services/gateway/g-1': 'plain',
}

function layoutOf(key: string): string {
  return LAYOUTS[key] ?? (key.startsWith('/aio/') ? 'aio' : 'kratos')
}

describe.each(samples.records)('$key ($why)', ({ key, value, lease, verdict }) => {
  const reading = decode(stored(key, value, { prefix: prefixOf(key), lease: lease ? '7587' : null }), 'auto', options)

  it(`is ${verdict === 'error' ? 'malformed' : 'an instance, in its own layout'}`, () => {
    expect(reading.is).toBe(verdict === 'error' ? 'malformed' : 'instance')
    if (reading.is === 'malformed') expect(reading.problem.code).toBe(PROBLEMS[key])
    if (reading.is === 'instance') expect(reading.observed.layout).toBe(layoutOf(key))
  })
})

describe('what Kratos 2.9.2 wrote', () => {
  const captured: { prefix: string; key: string; hex: string; instance: InstanceInit }[] = [
    {
      prefix: '/microservices',
      key: '/microservices/helloworld/i-1',
      hex: '7b226964223a22692d31222c226e616d65223a2268656c6c6f776f726c64222c2276657273696f6e223a2276312e322e33222c226d65746164617461223a7b2271223a225c75303033635c75303032365c75303033655c22c3a9222c227a6f6e65223a2261227d2c22656e64706f696e7473223a5b22677270633a2f2f3132372e302e302e313a39303030222c22687474703a2f2f3132372e302e302e313a383030303f69735365637572653d66616c7365225d7d',
      instance: {
        id: 'i-1',
        name: 'helloworld',
        version: 'v1.2.3',
        metadata: { zone: 'a', q: '<&>"é' },
        endpoints: ['grpc://127.0.0.1:9000', 'http://127.0.0.1:8000?isSecure=false'],
      },
    },
    {
      prefix: '/microservices',
      key: '/microservices/helloworld/i-2',
      hex: Buffer.from('{"id":"i-2","name":"helloworld","version":"","metadata":null,"endpoints":null}').toString(
        'hex',
      ),
      instance: { id: 'i-2', name: 'helloworld' },
    },
    {
      prefix: '/my/ns',
      key: '/my/ns/s/n1',
      hex: Buffer.from(
        '{"id":"n1","name":"s","version":"","metadata":{},"endpoints":["grpc://127.0.0.1:9000"]}',
      ).toString('hex'),
      instance: { id: 'n1', name: 's', metadata: {}, endpoints: ['grpc://127.0.0.1:9000'] },
    },
  ]

  it.each(captured)('$key is what we write, byte for byte', ({ prefix, key, hex, instance }) => {
    const records = layouts.kratos.encode(instance, { prefix, now: NOW })
    expect(records.map((record) => record.key)).toEqual([key])
    expect(Buffer.from(records[0]?.value ?? '').toString('hex')).toBe(hex)
  })
})
