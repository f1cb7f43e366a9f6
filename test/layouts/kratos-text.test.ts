import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeGoJson } from '../../src/layouts/go-json.ts'
import { encodeGoJson } from '../../src/layouts/go-json-encode.ts'
import { readKratosText } from '../../src/layouts/kratos-text.ts'
import { KRATOS } from '../../src/layouts/kratos-value.ts'
import { hostileJson } from './hostile.ts'

/** Words of every kind: empty, with quotes and slashes to be escaped, with letters that no ASCII has. */
const word = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', '.', ':', '/', ',', '{', ']', ' ') }) },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\', '<', '\u007f', 'é', '😀', '__proto__', 'null', '","name":"') },
)
const instance = fc.record({
  id: word,
  name: word,
  version: word,
  metadata: fc.option(fc.dictionary(fc.oneof(word, fc.constantFrom('10', '9', '__proto__')), word)),
  endpoints: fc.option(fc.array(word, { maxLength: 3 })),
})

/** What Kratos writes, and the same with a small thing wrong. */
const written = fc
  .tuple(instance, fc.nat(), fc.constantFrom('', '', '', '"', ',', '}', ' ', '\\', '\n', '"id":"x",'))
  .map(([given, at, insert]) => {
    const text = encodeGoJson(given)
    const place = at % (text.length + 1)
    return Buffer.from(text.slice(0, place) + insert + text.slice(place))
  })

function agree(value: Uint8Array): void {
  const read = readKratosText(value)
  if (!read) return
  const { json, ...text } = read
  expect(text).toEqual(decodeGoJson(value, KRATOS))
  if (json !== undefined) expect(json).toBe(JSON.stringify(text.fields))
}

describe('the quick reader of Kratos’ values', () => {
  it('reads what Go reads in what Kratos writes, or leaves it to the thorough one', () => {
    fc.assert(fc.property(written, agree), { numRuns: 2_000 })
  })

  it('reads what Go reads in hostile values, or leaves them to the thorough one', () => {
    fc.assert(fc.property(hostileJson, agree), { numRuns: 5_000 })
  })

  it('reads every value of plain words itself', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', ':', '/', ',', '{', ']', ' ') })
    const metadata = fc.option(fc.dictionary(plain, plain))
    const given = fc.record({ id: plain, name: plain, version: plain, metadata, endpoints: fc.option(fc.array(plain)) })
    fc.assert(
      fc.property(given, (fields) => {
        expect(readKratosText(Buffer.from(encodeGoJson(fields)))).toMatchObject({ fields })
      }),
    )
  })

  it.each([
    ['{"id":"i","name":"s","version":"","metadata":{"b":"","a":""},"endpoints":[]}', true],
    ['{"id":"i","name":"s","version":"","metadata":{"b":"","1":""},"endpoints":[]}', false],
    ['{"id":"i","name":"s","version":"","metadata":{"b":"","b":""},"endpoints":[]}', false],
    ['{"id":"i","name":"s","version":"","metadata":null,"endpoints":[]}', false],
    ['{"id":"i","name":"s","version":"","metadata":{},"endpoints":null}', false],
  ])('knows whether %s is the JSON of what it read', (text, faithful) => {
    expect(readKratosText(Buffer.from(text))?.json).toBe(faithful ? text : undefined)
  })
})
