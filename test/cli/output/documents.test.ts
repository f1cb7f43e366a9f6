import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instanceLine, jsonLine } from '../../../src/cli/output/documents.ts'
import { entryOf } from '../../../src/client/merge.ts'
import { encodeGoJson } from '../../../src/layouts/go-json-encode.ts'
import { decode } from '../../../src/layouts/index.ts'
import { instanceItem } from '../../../src/reports/instances.ts'
import { hostileJson } from '../../layouts/hostile.ts'
import { options, stored } from '../../layouts/stored.ts'

const word = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', '.', ':', '/', ',', '{', ']', ' ') }) },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\', '<', '\u007f', 'é', '😀', '\u202e', '","name":"', 'toString') },
)
const key = fc.oneof(word, fc.constantFrom('10', '9', 'weight', 'env', '__proto__'))
const written = fc
  .record({
    id: word.filter((id) => id !== ''),
    name: fc.constant('sre'),
    version: word,
    metadata: fc.option(fc.dictionary(key, fc.oneof(word, fc.constant('5')))),
    endpoints: fc.option(fc.array(word, { maxLength: 3 })),
  })
  .map((instance) => Buffer.from(encodeGoJson(instance)))

/** Whether the value is an instance, whose line is then what its item gives. */
function agree(value: Uint8Array, at = '/microservices/sre/i'): boolean {
  const reading = decode(stored(at, value), 'auto', options)
  if (reading.is !== 'instance') return false
  const leaseState = { lease: '1f', granted: 15, remaining: 9, keys: [at, 'locks/\u202e"'] }
  const record = { id: at, service: 'sre', body: value, revision: '7', lease: '1f' }
  for (const each of [record, { ...record, leaseState }]) {
    const entry = entryOf({ record: each, reading })
    for (const detail of [false, true])
      expect(instanceLine(entry, { detail })).toBe(jsonLine(instanceItem(entry, { detail })))
  }
  return true
}

describe('the line of an instance', () => {
  it('is the JSON of its item, whatever was written', () => {
    fc.assert(
      fc.property(written, (value) => agree(value)),
      { numRuns: 2_000 },
    )
  })

  it('is the JSON of its item in hostile records, too', () => {
    fc.assert(
      fc.property(hostileJson, (value) => void agree(value)),
      { numRuns: 5_000 },
    )
  })

  it('is the JSON of its item where a runner of CI would find a command in the stored JSON', () => {
    const value = Buffer.from('{"id":"i","name":"sre","version":"##[a]","metadata":{"##vso[b]":"#"},"endpoints":[]}')
    expect(agree(value)).toBe(true)
  })

  it('is the JSON of its item for a record of one scheme', () => {
    const value = Buffer.from('{"id":"i","name":"sre","version":"","metadata":{},"endpoints":["grpc://h:1"]}')
    expect(agree(value, '/microservices/sre/grpc/i')).toBe(true)
  })
})
