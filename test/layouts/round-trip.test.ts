import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { NOW, options, stored } from './stored.ts'
import { rounds } from '../rounds.ts'
import { anyText } from '../any-text.ts'

const text = anyText()
const segment = anyText({ minLength: 1 }).map((name) => name.replaceAll('/', '_'))
const metadata = fc
  .dictionary(fc.oneof(text, fc.constant('__proto__')), text)
  .map((map) => Object.fromEntries(Object.entries(map)))
const endpoint = fc
  .tuple(
    fc.constantFrom('grpc', 'http', 'grpcs', 'thrift'),
    fc.constantFrom('10.0.0.1', 'h', '[::1]'),
    fc.integer({ min: 1, max: 65_535 }),
  )
  .map(([scheme, host, port]) => `${scheme}://${host}:${port}`)

const instances = fc.record({
  id: segment,
  name: segment,
  version: text,
  metadata,
  endpoints: fc.uniqueArray(endpoint, { minLength: 1, maxLength: 4 }),
})

function readBack(prefix: string, layout: 'kratos' | 'kratos-scheme' | 'aio' | 'plain', instance: InstanceInit) {
  return layouts[layout]
    .encode(instance, { prefix, now: NOW })
    .map(({ key, value }) => decode(stored(key, value, { prefix }), 'auto', options))
}

it('kratos: what is written is read', () => {
  fc.assert(
    fc.property(instances, (instance) => {
      expect(readBack('/microservices', 'kratos', instance)).toMatchObject([
        { is: 'instance', observed: { layout: 'kratos' } },
      ])
      expect(readBack('/microservices', 'kratos', instance)[0]).toHaveProperty('instance', instance)
    }),
    { seed: 1, numRuns: rounds(200, 1_000) },
  )
})

it('kratos-scheme: the parts bear one mark, and together have all endpoints', () => {
  fc.assert(
    fc.property(instances, (instance) => {
      const parts = readBack('/microservices', 'kratos-scheme', instance)
      const endpoints = parts.flatMap((part) => (part.is === 'instance' ? part.instance.endpoints : []))
      expect(endpoints.toSorted()).toEqual(instance.endpoints.toSorted())
      for (const part of parts)
        expect(part).toMatchObject({ groupKey: instance.id, observed: { layout: 'kratos-scheme' } })
    }),
    { seed: 1, numRuns: 500 },
  )
})

it('aio: what is written is read, the version as metadata too', () => {
  fc.assert(
    fc.property(instances, (several) => {
      const instance = { ...several, version: several.version || 'v', endpoints: several.endpoints.slice(0, 1) }
      const read = { ...instance, metadata: { ...instance.metadata, version: instance.version } }
      expect(readBack('/aio/registry', 'aio', instance)[0]).toMatchObject({
        is: 'instance',
        observed: { layout: 'aio', status: 'up' },
      })
      expect(readBack('/aio/registry', 'aio', instance)[0]).toHaveProperty('instance', read)
    }),
    { seed: 1, numRuns: 500 },
  )
})

it('plain: what is written is read', () => {
  fc.assert(
    fc.property(segment, segment, endpoint, (id, name, only) => {
      const instance = { id, name, version: '', metadata: {}, endpoints: [only] }
      expect(readBack('/services', 'plain', instance)[0]).toHaveProperty('instance', instance)
    }),
    { seed: 1, numRuns: 500 },
  )
})

it('what is written in a layout whose instances have no parts bears no mark of one', () => {
  const whole = Object.values(layouts).filter(({ hasParts }) => !hasParts)
  expect(whole.length).toBeGreaterThan(5)
  const one = instances.filter(({ endpoints }) => endpoints.length === 1)
  fc.assert(
    fc.property(one, fc.constantFrom(...whole), fc.boolean(), (instance, layout, isTree) => {
      const prefix = layout.defaultPrefix
      let written: readonly { readonly key: string; readonly value: string }[] = []
      try {
        written = layout.encode(instance, { prefix, now: NOW, isTree, lease: '1f' })
      } catch {
        return // a layout that has no place for some of it
      }
      for (const { key, value } of written)
        expect(decode(stored(key, value, { prefix }), layout.name, options)).not.toHaveProperty('groupKey')
    }),
    { seed: 1, numRuns: 1_000 },
  )
})
