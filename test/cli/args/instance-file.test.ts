import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { contentOf } from '../../../src/cli/args/instance-file.ts'

describe('what a file of instances holds', () => {
  it('is what YAML says of any JSON', async () => {
    const indent = fc.constantFrom(0, 1, 2, 4)
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), indent, async (value, spaces) => {
        const text = JSON.stringify(value, null, spaces)
        expect(await contentOf(text)).toEqual(parse(text))
      }),
    )
  })

  it.each([
    ['numbers', '{"a":12345678901234567890,"b":-0,"c":1e400,"d":1.50,"e":1E3}'],
    ['names of objects', '{"__proto__":{"x":1},"constructor":"y","<<":{"z":1}}'],
    ['signs in strings', '[{"a:b":"c:\\"d:","e":"\\\\"},{"f":":"}]'],
    ['escapes', '["\\ud83d\\ude00","\\/","\\u0000","\u2028"]'],
    ['an empty list', '[]'],
    ['nothing', 'null'],
    ['an empty text', ''],
    ['a mark of byte order', '\ufeff{"a":1}'],
    ['a comment', '{"a":1} # one'],
    ['no quotes', '{a: 1, "b": 0x10}'],
    ['a line end in a string', '{"a":"b\n  c"}'],
  ])('is what YAML says of %s', async (_, text) => {
    expect(await contentOf(text)).toStrictEqual(parse(text))
  })

  it.each(['{"a":1,"a":1}', '[{"b":{"a":1,"\\u0061":2}}]', '{"a":1', '{"a":[1}'])('is not %s', async (text) => {
    const error = (() => {
      try {
        return parse(text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(Error)
    await expect(contentOf(text)).rejects.toThrow((error as Error).message)
  })
})
