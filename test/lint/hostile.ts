import * as fc from 'fast-check'
import { anyText } from '../any-text.ts'

/** Keys and values as a careless or hostile writer puts them: near enough to real ones to reach every branch. */

const NAMES = [
  'sre',
  'sre-admin',
  'sr',
  '',
  'a/b',
  '/',
  'grpc',
  '用户',
  '\u0000',
  'e\u0301',
  '\\x0a',
  '__proto__',
  'toString',
]
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: anyText({ maxLength: 6 }) },
)

const key = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.option(fc.uint8Array({ maxLength: 3 }), { freq: 8 }))
  .map(([segments, rest]) =>
    Buffer.concat([Buffer.from(['/microservices', ...segments].join('/')), rest ?? Buffer.alloc(0)]),
  )

const endpoint = fc.oneof(
  fc.constantFrom(
    'grpc://10.0.0.1:9000',
    'grpc:',
    'http://[::]:80?isSecure=true',
    '10.0.0.1:80',
    'grpc://a b',
    '%zz',
    ':',
    '',
  ),
  fc.webUrl(),
  anyText({ maxLength: 12 }),
)
const junk = fc.oneof(fc.constant(null), fc.integer(), fc.boolean(), fc.jsonValue({ maxDepth: 2 }))
const text = fc.oneof({ weight: 5, arbitrary: segment }, { weight: 1, arbitrary: junk })
const metadata = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(segment, segment, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(segment, junk, { maxKeys: 2 }) },
  { weight: 1, arbitrary: junk },
)
const endpoints = fc.oneof(
  { weight: 4, arbitrary: fc.array(endpoint, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(junk, { maxLength: 2 }) },
  { weight: 1, arbitrary: junk },
)
const member = fc.oneof(
  fc.tuple(fc.constantFrom('id', 'ID', 'Id'), text),
  fc.tuple(fc.constantFrom('name', 'NAME', 'nAme'), text),
  fc.tuple(fc.constantFrom('version', 'ver\u017fion'), text),
  fc.tuple(fc.constantFrom('metadata', 'Metadata'), metadata),
  fc.tuple(fc.constantFrom('endpoints', 'Endpoint\u017f'), endpoints),
  fc.tuple(fc.constantFrom('extra', 'address', 'last_renew_time', 'status', '\u212Aey'), junk),
)
const more = fc.array(member, { maxLength: 3 })
const json = fc.oneof(
  fc.tuple(segment, segment, metadata, endpoints, more).map((parts) => objectOf(...parts)),
  fc.array(member, { maxLength: 5 }).map(textOf),
)

/** One place of a good value made bad: cut off, a byte changed, something put before or after it. */
const damaged = fc
  .tuple(json, fc.nat(), fc.uint8Array({ maxLength: 2 }), fc.boolean())
  .map(([good, at, bytes, cut]) => {
    const buffer = Buffer.from(good)
    const place = at % (buffer.length + 1)
    return Buffer.concat([buffer.subarray(0, place), bytes, cut ? Buffer.alloc(0) : buffer.subarray(place)])
  })

const value = fc.oneof(
  { weight: 6, arbitrary: json.map((good) => Buffer.from(good)) },
  { weight: 3, arbitrary: damaged },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('null', ' null ', '', '[]', '"sre"', '1', '10.0.0.1:80', '\ufeff{}', '{} {}')
      .map((raw) => Buffer.from(raw)),
  },
  { weight: 1, arbitrary: fc.json().map((raw) => Buffer.from(raw)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((raw) => Buffer.from(raw)) },
)

/** A key and a value that name the same service, and mostly the same instance. */
const agreeing = fc
  .tuple(segment, segment, fc.constantFrom('', '/grpc', '-more', '/'), metadata, endpoints, more)
  .map(([name, id, between, data, urls, others]): [Buffer, Buffer] => [
    Buffer.from(`/microservices/${name}${between}/${id}`),
    Buffer.from(objectOf(name, id, data, urls, others)),
  ])

export const stored = fc.oneof(agreeing, fc.tuple(key, value))

type Member = readonly [string, unknown]

function objectOf(name: string, id: string, data: unknown, urls: unknown, others: readonly Member[]): string {
  return textOf([['id', id], ['name', name], ['metadata', data], ['endpoints', urls], ...others])
}

/** Members may come twice, as no object of JavaScript can have them. */
function textOf(members: readonly Member[]): string {
  return `{${members.map((pair) => pair.map((part) => JSON.stringify(part)).join(':')).join(',')}}`
}
