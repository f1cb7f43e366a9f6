import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

// Documents are made as strings of bytes (one character a byte), because hostile ones are not UTF-8.

/** Text as a string of its UTF-8 bytes. */
function utf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function toBytes(byteString: string): Uint8Array {
  return Buffer.from(byteString, 'latin1')
}

const FIELDS = [
  'id',
  'name',
  'version',
  'metadata',
  'endpoints',
  'address',
  'protocol',
  'env',
  'weight',
  'status',
  'register_time',
  'start_time',
  'offline_time',
  'last_renew_time',
]

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'sre', 'i-1', '0', ':', '/', 'grpc://10.0.0.1:9000', ' ', "'") },
  { weight: 2, arbitrary: fc.constantFrom('é', '用', '😀', '\u2028', '\ufffd', '\ue000', 'ſ', '\u212a').map(utf8) },
  { weight: 2, arbitrary: fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\b', '\\f', '\\u0041', '\\u00e9', '\\u2028') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\ud83d\\ud83d\\ude00', '\\uDBFFx'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\xff', '\xc3', '\xe4\xb8', '\xed\xa0\x80', '\xf0\x9f\x98', '\xc0\xaf', '\x80'),
  },
  { weight: 1, arbitrary: fc.constantFrom('<', '>', '&', '\x7f', '{', ']', ',') },
)
const badPiece = fc.constantFrom('\n', '\0', '\t', '\\x', '\\u12', "\\'", '\\U0041', '\\', '"')

const content = fc.array(fc.oneof({ weight: 60, arbitrary: piece }, { weight: 1, arbitrary: badPiece }), {
  maxLength: 5,
})
const string = content.map((pieces) => `"${pieces.join('')}"`)

const time = fc
  .oneof(
    fc.constantFrom('0001-01-01T00:00:00Z', '2026-11-21T05:00:00.123456789+08:00', '2024-02-29T23:59:59Z'),
    fc.constantFrom('2023-02-29T00:00:00Z', '2026-11-21T5:00:00Z', '2026-11-21T05:00:00,5Z', '0000-01-01T00:00:00Z'),
    fc.constantFrom('9999-12-31T23:59:59.9999-24:60', '2026-11-21T05:00:00+24:61', '2026-11-21 05:00:00Z', '', '2026'),
    fc.constantFrom('2026-11-21T24:00:00Z', '2026-11-21T05:00:60Z', '2026-00-21T05:00:00Z', '2026-11-21T05:00:00.Z'),
    fc.constantFrom(
      '2026-11-21t05:00:00z',
      '2026-11-21T05:00:00\\u005a',
      '+026-11-21T05:00:00Z',
      '2026-11-00T05:00:00Z',
    ),
    fc
      .date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  )
  .map((text) => `"${text}"`)

const number = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom('100', '0', '-0', '1.0', '1e2', '-1', '9223372036854775807', '9223372036854775808', '1E400'),
  fc.constantFrom(
    '-9223372036854775808',
    '-9223372036854775809',
    '01',
    '.5',
    '1.',
    '+1',
    '-',
    'NaN',
    '0x10',
    '1e',
    '9007199254740993',
  ),
)

const white = fc.constantFrom('', '', '', '', ' ', '\n\t', '\r')

function list(open: string, close: string, item: Arbitrary<string>): Arbitrary<string> {
  return fc
    .tuple(
      white,
      fc.array(
        fc.tuple(white, item, white).map((parts) => parts.join('')),
        { maxLength: 4 },
      ),
    )
    .map(([space, items]) => `${open}${space}${items.join(',')}${close}`)
}

function member(key: Arbitrary<string>, value: Arbitrary<string>): Arbitrary<string> {
  return fc.tuple(key, white, white, value).map(([name, before, after, what]) => `${name}${before}:${after}${what}`)
}

const metadataKey = fc.oneof(
  string,
  fc.constantFrom('"__proto__"', '"constructor"', '"weight"', '"env"', '"version"', '""'),
)
const scalar = fc.oneof(string, number, time, fc.constantFrom('null', 'true', 'false', 'nul', 'True', 'undefined', ''))
const strings = list('[', ']', fc.oneof({ weight: 8, arbitrary: string }, { weight: 1, arbitrary: scalar }))
const map = list(
  '{',
  '}',
  member(metadataKey, fc.oneof({ weight: 8, arbitrary: string }, { weight: 1, arbitrary: scalar })),
)
const deep = fc.nat(4).map((depth) => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`)
const anything = fc.oneof(scalar, strings, map, deep)

/** A value that the field takes, four times of five. */
function valueOf(field: string): Arbitrary<string> {
  const right = field === 'endpoints' ? strings : field === 'metadata' ? map : field === 'weight' ? number : string
  return fc.oneof(
    { weight: 16, arbitrary: field.endsWith('_time') ? time : right },
    { weight: 2, arbitrary: fc.constant('null') },
    { weight: 1, arbitrary: anything },
  )
}

/** A name as hostile writers spell it: case, the letters that fold, escapes. */
function spelling(field: string): Arbitrary<string> {
  const spellings = [field, field, field, field, field.toUpperCase(), field.replaceAll('s', 'ſ'), `${field}x`]
  return fc.constantFrom(
    ...spellings.map((name) => `"${utf8(name)}"`),
    `"\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}"`,
  )
}

// Not chained to the choice of a name: that would make all of this anew for each field.
const field = fc.oneof(...FIELDS.map((name) => member(spelling(name), valueOf(name))))
const unknown = member(string, anything)
const object = list('{', '}', fc.oneof({ weight: 9, arbitrary: field }, { weight: 1, arbitrary: unknown }))
const bigObject = fc
  .array(fc.oneof({ weight: 12, arbitrary: field }, { weight: 1, arbitrary: unknown }), { minLength: 4, maxLength: 12 })
  .map((members) => `{${members.join(',')}}`)

const document = fc.oneof(
  { weight: 6, arbitrary: object },
  { weight: 6, arbitrary: bigObject },
  { weight: 1, arbitrary: anything },
)

/** One small thing wrong with a whole document. */
const damaged = fc
  .tuple(document, fc.nat(), fc.constantFrom('', '\xef\xbb\xbf', '\x00', ',', '}', '"', '\xff'))
  .map(([text, at, what]) => {
    const place = at % (text.length + 1)
    return what === '' ? text.slice(0, place) : text.slice(0, place) + what + text.slice(place)
  })

/** JSON of instances in every state of repair, as bytes. */
export const hostileJson: Arbitrary<Uint8Array> = fc
  .oneof({ weight: 8, arbitrary: document }, { weight: 1, arbitrary: damaged })
  .map(toBytes)

/** Endpoints in every state of repair. */
export const hostileUrl: Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      'grpc://',
      'http://',
      'https://',
      'GRPCS://',
      'x+y.z-1://',
      '',
      '//',
      '///',
      'grpc:',
      'grpc:/',
      ':',
      '1a://',
      'ſ://',
    ),
    fc.array(
      fc.oneof(
        {
          weight: 5,
          arbitrary: fc.constantFrom('a', '10.0.0.1', ':', ':9000', '[::1]', '@', '/', '?isSecure=true', '#'),
        },
        {
          weight: 2,
          arbitrary: fc.constantFrom(
            '[',
            ']',
            '%',
            '%25',
            '%41',
            '%e4%b8',
            '%zz',
            '%20',
            ' ',
            '用',
            '[fe80::1%25en0]:80',
          ),
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            '\n',
            '\x7f',
            '<',
            '"',
            '\\',
            '^',
            '|',
            '{',
            '~',
            '*',
            ';',
            '+',
            '=',
            "'",
            '`',
            '😀',
          ),
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            '::',
            '1:2:3:4:5:6:7:8',
            '::ffff:1.2.3.4',
            '99999',
            '0',
            'g',
            '[::1%25%20]',
            '[1.2.3.4]',
          ),
        },
      ),
      { maxLength: 6 },
    ),
  )
  .map(([scheme, parts]) => scheme + parts.join(''))
