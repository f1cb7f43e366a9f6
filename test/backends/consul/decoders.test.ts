import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { anyText } from '../../any-text.ts'
import { foreignContent } from '../../../src/backends/consul/frameworks.ts'
import { unpackGoMicroTags } from '../../../src/backends/consul/go-micro-tags.ts'
import { readEntry } from '../../../src/backends/consul/entry.ts'
import { read } from '../../../src/backends/consul/record.ts'

const packed = (kind: string, text: string) => `${kind}-${deflateSync(Buffer.from(text)).toString('hex')}`

describe('tags that go-micro packs', () => {
  test('are unpacked, whatever they hold', () => {
    const pairs = fc.dictionary(fc.string(), anyText(), { maxKeys: 3, size: 'xsmall' })
    fc.assert(
      fc.property(
        fc.string(),
        pairs,
        fc.array(fc.constantFrom('v1', 'canary', 'e-7', 'a:b'), { maxLength: 3 }),
        (version, metadata, others) => {
          const tags = Object.entries(metadata).map(([key, value]) =>
            packed('t', JSON.stringify(Object.fromEntries([[key, value]]))),
          )
          const all = [...tags, packed('e', '{"name":"Greeter.Hello"}'), ...others, packed('v', version)]
          expect(unpackGoMicroTags(all)).toEqual({ version, metadata, others })
        },
      ),
    )
  })

  it('stay as they are where they are damaged, and are none without a version', () => {
    const whole = packed('t', '{"a":"b"}')
    const cut = whole.slice(0, -4)
    expect(unpackGoMicroTags([cut, 't-78zz', 't-789', packed('v', 'v1')])).toEqual({
      version: 'v1',
      metadata: {},
      others: [cut, 't-78zz', 't-789'],
    })
    expect(unpackGoMicroTags([whole, 'v-78'])).toBeUndefined()
    expect(unpackGoMicroTags([packed('t', '{"a":1}'), packed('t', '[]'), packed('v', '')])).toEqual({
      version: '',
      metadata: {},
      others: [],
    })
  })

  it('are unpacked only so far: a few bytes may stand for gigabytes', () => {
    const [full, bomb] = [packed('e', ' '.repeat(1 << 12)), packed('t', ' '.repeat(1 << 22))]
    const tags = [packed('v', 'v1'), ...Array.from({ length: 300 }, () => full), bomb]
    const unpacked = unpackGoMicroTags(tags)
    expect(unpacked?.version).toBe('v1')
    expect(unpacked?.others).toContain(bomb)
    expect(unpacked?.others.length).toBeGreaterThan(250)
  })
})

describe('metadata of GoFrame', () => {
  const service = { ID: 'hello-v1-10.0.0.1:80', Service: 'hello', Tags: ['v1'], Address: '10.0.0.1', Port: 80 }
  it.each([
    ['{"a":1,"b":[true],"c":null,"protocol":"HTTPS"}', { a: '1', b: '[true]', c: 'null', protocol: 'HTTPS' }, 'https'],
    ['{"protocol":"a b"}', { protocol: 'a b' }, 'http'],
    ['{}', {}, 'http'],
  ])('%s', (metadata, known, scheme) => {
    const entry = readEntry({ Service: { ...service, Meta: { metadata, version: 'v1' } } })
    expect(foreignContent(entry)).toEqual({ version: 'v1', metadata: known, scheme, tags: ['v1'] })
  })

  it.each(['[]', 'null', '"x"', '{', ''])('is metadata as it stands where it is %j', (metadata) => {
    const entry = readEntry({ Service: { ...service, Meta: { metadata } } })
    expect(foreignContent(entry)).toEqual({ version: '', metadata: { metadata }, scheme: 'http', tags: ['v1'] })
  })
})

test('whatever a service of Consul holds, reading it never throws', () => {
  const word = fc.oneof(
    anyText(),
    fc.constantFrom('v-78', 't-789c', 'v-789c03000001', 'a:b', 'version=', '{"a":', '__proto__', 'secure=true'),
    fc.uint8Array().map((bytes) => `v-78${Buffer.from(bytes).toString('hex')}`),
  )
  const value = fc.oneof(word, fc.integer(), fc.constant(null), fc.array(word), fc.dictionary(word, word))
  const service = fc.record(
    {
      ID: fc.oneof(fc.constant('s:h:1'), fc.constant('s-v1-h:1'), value),
      Service: fc.oneof(fc.constant('s'), value),
      Kind: value,
      Tags: fc.oneof(fc.array(word), value),
      Meta: fc.oneof(fc.dictionary(fc.constantFrom('metadata', 'version', 'secure', 'protocol'), word), value),
      Weights: fc.oneof(fc.record({ Passing: value, Warning: value }), value),
      Address: fc.oneof(fc.constant('h'), value),
      Port: fc.oneof(fc.constant(1), value),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(service, (Service) => {
      const reading = read({ id: 'dc1/n/s', service: 's', body: { Node: {}, Service, Checks: [] } }, 'auto')
      expect(['instance', 'malformed']).toContain(reading.is)
      if (reading.is !== 'instance') return
      const { version, metadata, endpoints } = reading.instance
      const texts = [version, ...Object.values(metadata), ...endpoints, ...(reading.observed.tags ?? [])]
      expect(texts.every((text) => typeof text === 'string')).toBe(true)
    }),
  )
})
