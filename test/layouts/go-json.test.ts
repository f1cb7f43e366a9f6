import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AIO } from '../../src/layouts/aio-value.ts'
import { decodeGoJson, type GoJson, type GoStruct } from '../../src/layouts/go-json.ts'
import { encodeGoJson } from '../../src/layouts/go-json-encode.ts'
import { GO_ZERO_TIME } from '../../src/layouts/go-time.ts'
import { KRATOS } from '../../src/layouts/kratos-value.ts'
import { GO_PATIENCE, askGo, type GoAnswer, type GoField, type GoQuestion, skipsGo } from '../oracle/go.ts'
import { hostileJson } from './hostile.ts'
import { rounds } from '../rounds.ts'

const STRUCTS = { kratos: KRATOS, aio: AIO }

const HAND_PICKED: readonly string[] = [
  '',
  ' ',
  'null',
  ' null ',
  '[]',
  '"x"',
  '1',
  'true',
  '{}',
  '{} {}',
  '{"a":}',
  '{"a":1,}',
  "{'a':1}",
  '\ufeff{}',
  '{"id":"a","id":null}',
  '{"id":"a","ID":"b","Id":"c"}',
  '{"endpointſ":["x"],"ſtatus":"up","verſion":"v"}',
  '{"wei\u212aht":1}',
  '{"metadata":{"a":"1"},"METADATA":{"b":"2","a":null}}',
  '{"metadata":{"a":"1"},"metadata":null}',
  '{"metadata":{"a":"1"},"metadata":null,"metadata":{"b":"2"}}',
  '{"metadata":{"__proto__":"x","constructor":"y"}}',
  '{"metadata":{"weight":100}}',
  '{"metadata":{"a":null}}',
  '{"metadata":[]}',
  '{"endpoints":["a","b"],"endpoints":[null]}',
  '{"endpoints":["a","b"],"endpoints":["c"],"endpoints":["d",null]}',
  '{"endpoints":["a","b"],"endpoints":[],"endpoints":[null]}',
  '{"endpoints":["a"],"endpoints":null,"endpoints":[null]}',
  '{"endpoints":["a","b","c","d","e"],"endpoints":["x"],"endpoints":[null,null,null,null,null,null]}',
  '{"endpoints":{}}',
  '{"endpoints":[{"url":"x"}]}',
  '{"id":1,"x":}',
  '{"id":"\\ud800","name":"\\udc00\\ud800","version":"\\ud83d\\ude00"}',
  '{"id":"\\u0000\\b\\f\\n\\r\\t\\u001f\\u007f<>&\\u2028\\u2029"}',
  '{"weight":1.0}',
  '{"weight":1e2}',
  '{"weight":-0}',
  '{"weight":9223372036854775807}',
  '{"weight":9223372036854775808}',
  '{"weight":"1"}',
  '{"register_time":null,"start_time":"2026-11-21T05:00:00.5+08:00"}',
  '{"register_time":0}',
  '{"register_time":{}}',
  `{"x":${'['.repeat(9999)}${']'.repeat(9999)}}`,
  `{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  `{"metadata":{"x":${'['.repeat(9998)}${']'.repeat(9998)}}}`,
  `{"metadata":{"x":${'['.repeat(9999)}${']'.repeat(9999)}}}`,
  '['.repeat(10_000),
  '['.repeat(100_000),
  '{"a":'.repeat(100_000),
]

const NOT_UTF8 = Buffer.from('{"id":"\xe4\xb8","name":"\xff\xfe","\xff":1}', 'latin1')

const VERDICTS = { ok: 'object', null: 'null', syntax: 'not-json', type: 'wrong-type', refused: undefined }

/** What Go would have in the struct after our decoding. */
function goStruct(json: GoJson<GoStruct>, struct: GoStruct): Record<string, GoField> {
  const zero = {
    string: '',
    '[]string': null,
    'map[string]string': null,
    int64: 0,
    'time.Time': GO_ZERO_TIME,
    presence: 0,
  }
  const fields = 'fields' in json ? json.fields : {}
  return Object.fromEntries(Object.entries(struct).map(([name, type]) => [name, present(fields[name]) ?? zero[type]]))
}

/** None of these structs has a field that only notes presence. */
function present(value: GoField | true | undefined): GoField | undefined {
  return value === true ? undefined : value
}

function disagreement(question: GoQuestion & { kind: 'kratos' | 'aio' }, answer: GoAnswer | undefined): unknown {
  if (!answer) return 'no answer'
  const struct = STRUCTS[question.kind]
  const json = decodeGoJson<GoStruct>(question.doc, struct)
  if (json.is !== VERDICTS[answer.verdict]) return { ours: json, go: answer }
  if (answer.verdict !== 'ok') return undefined
  const ours = goStruct(json, struct)
  if (!sameJson(ours, answer.fields)) return { ours, go: answer.fields }
  if (question.kind !== 'kratos') return undefined
  const encoded = encodeGoJson(ours)
  const go = Buffer.from(answer.encoded ?? '', 'base64').toString()
  return encoded === go ? undefined : { encoded, go }
}

function sameJson(ours: unknown, go: unknown): boolean {
  try {
    expect(ours).toEqual(go)
    return true
  } catch {
    return false
  }
}

describe.skipIf(skipsGo)('beside Go itself', () => {
  it('takes, refuses, reads and writes what encoding/json does', { timeout: GO_PATIENCE }, async () => {
    const generated = fc.sample(hostileJson, { numRuns: rounds(5_000, 20_000), seed: 1 })
    const docs = [...HAND_PICKED.map((doc) => Buffer.from(doc)), NOT_UTF8, ...generated]
    const questions = docs.flatMap((doc) => [{ kind: 'kratos', doc } as const, { kind: 'aio', doc } as const])
    const answers = await askGo(questions)
    expect(answers).toHaveLength(questions.length)
    const seen = new Set(answers.map(({ verdict }) => verdict))
    expect(seen).toEqual(new Set(['ok', 'null', 'syntax', 'type']))
    const wrong = questions.flatMap((question, at) => {
      const difference = disagreement(question, answers[at])
      return difference === undefined
        ? []
        : [{ kind: question.kind, doc: Buffer.from(question.doc).toString().slice(0, 300), difference }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
  })
})

const decode = (text: string) => decodeGoJson(Buffer.from(text), KRATOS)

describe('decodeGoJson', () => {
  it('names the field at fault, in its place', () => {
    expect(decode('{"metadata":{"weight":100}}')).toMatchObject({
      is: 'wrong-type',
      culprit: 'metadata.weight',
      message: 'metadata.weight is a number',
    })
    expect(decode('{"endpoints":["a",{}]}')).toMatchObject({
      culprit: 'endpoints[1]',
      message: 'endpoints[1] is an object',
    })
    expect(decode('{"VERSION":1}')).toMatchObject({ culprit: 'version', message: 'version is a number' })
    expect(decode('[1]')).toMatchObject({ is: 'wrong-type', culprit: 'value', message: 'the value is an array' })
  })

  it('keeps what it could read beside a value of a wrong type', () => {
    const json = decode('{"id":"i","metadata":5,"name":"n","endpoints":["a",1]}')
    expect(json).toMatchObject({
      is: 'wrong-type',
      culprit: 'metadata',
      fields: { id: 'i', name: 'n', endpoints: ['a', ''] },
    })
  })

  it('says where text stops being JSON', () => {
    expect(decode('{"id":x}')).toEqual({ is: 'not-json', message: 'unexpected "x" at 6', at: 6 })
    expect(decode('{"id"')).toEqual({ is: 'not-json', message: 'it ends too early', at: 5 })
  })

  it('tells null from an object', () => {
    expect(decode(' null\n')).toEqual({ is: 'null' })
  })

  it('takes __proto__ for a key like any other', () => {
    const json = decode('{"metadata":{"__proto__":"x","a":"b"}}')
    const metadata = json.is === 'object' ? (json.fields.metadata ?? {}) : {}
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'x'],
      ['a', 'b'],
    ])
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
  })

  it('puts one U+FFFD for each byte that is not UTF-8', () => {
    const json = decodeGoJson(Buffer.from('{"id":"a\xe4\xb8z\xff"}', 'latin1'), KRATOS)
    expect(json).toEqual({ is: 'object', fields: { id: 'a\ufffd\ufffdz\ufffd' } })
  })
})

describe('encodeGoJson', () => {
  it('sorts a map by the bytes of its keys, not by UTF-16', () => {
    expect(encodeGoJson({ m: { '\u{1f600}': '1', '\ue000': '2', a: '3', 9: '4' } })).toBe(
      '{"m":{"9":"4","a":"3","\ue000":"2","\u{1f600}":"1"}}',
    )
  })

  it('escapes what Go escapes', () => {
    expect(encodeGoJson({ s: '\b\f\n\r\t\0\x1f\x7f<>&\u2028\u2029"\\/é' })).toBe(
      '{"s":"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\\u003c\\u003e\\u0026\\u2028\\u2029\\"\\\\/é"}',
    )
  })

  it('writes the escape of U+FFFD for half a surrogate pair', () => {
    expect(encodeGoJson({ s: 'a\ud800b\\\udc00' })).toBe('{"s":"a\\ufffdb\\\\\\ufffd"}')
  })

  it('writes nil as null and empty as empty', () => {
    expect(encodeGoJson({ a: null, b: [], c: {}, d: 0 })).toBe('{"a":null,"b":[],"c":{},"d":0}')
  })
})
