import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeGoJson } from '../../src/layouts/go-json.ts'
import { decode } from '../../src/layouts/index.ts'
import { KRATOS } from '../../src/layouts/kratos-value.ts'
import { LAYOUTS } from '../../src/model/observed.ts'
import { PROBLEMS, type Reading } from '../../src/model/reading.ts'
import { STATUSES } from '../../src/model/status.ts'
import { hostileJson, hostileUrl } from './hostile.ts'
import { options } from './stored.ts'
import { rounds } from '../rounds.ts'

const segment = fc.constantFrom('', 'sre', 'i-1', 'grpc', 'a', 'é', '__proto__', '\xff', '\x1b[2J', '%2f', ':', ' ')
const somePrefix = fc.constantFrom('/microservices', '/aio/registry', '/services', '')
const someKey = fc
  .tuple(somePrefix, somePrefix, fc.array(segment, { maxLength: 4 }))
  .map(([found, lies, segments]) => ({ prefix: found, key: Buffer.from([lies, ...segments].join('/'), 'latin1') }))

/** JSON whose id and name the keys above can agree with. */
const fitting = fc
  .record({
    id: segment,
    name: segment,
    metadata: fc.constantFrom(null, {}, { weight: '1' }),
    endpoints: fc.array(hostileUrl, { maxLength: 2 }),
  })
  .map((fields) => Buffer.from(JSON.stringify(fields)))
const someValue = fc.oneof(
  { weight: 3, arbitrary: hostileJson },
  { weight: 2, arbitrary: fitting },
  { weight: 1, arbitrary: hostileUrl.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.constantFrom('null', ' null', '[]', '').map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) },
)

const record = fc.record({
  place: someKey,
  value: someValue,
  lease: fc.constantFrom(undefined, '7587'),
  createdAt: fc.constantFrom(undefined, 1),
  layout: fc.constantFrom('auto' as const, ...LAYOUTS),
  folder: fc.record({ kratos: fc.boolean(), aio: fc.boolean(), patroni: fc.boolean() }),
  folders: fc.boolean(),
})

/** What is wrong with a reading itself. */
function faultOf(reading: Reading): string | undefined {
  if (reading.is === 'structure') return 'no key-value layout has structure'
  if (reading.is === 'malformed') {
    const { code, message, culprit = '' } = reading.problem
    if (!PROBLEMS.includes(code)) return `the problem ${code}`
    if (message === '' || message.endsWith('.')) return `the message ${message}`
    // eslint-disable-next-line no-control-regex -- it goes to a terminal
    return /[\0-\x1f\x7f-\x9f]/.test(culprit + message) ? 'what is not escaped' : undefined
  }
  if (reading.is === 'foreign') return undefined
  const { instance, observed, groupKey } = reading
  if (instance.name === '' || instance.id === '') return 'an instance without a name or id'
  if (groupKey !== undefined && groupKey !== instance.id) return 'a mark that is not the id'
  if (!STATUSES.includes(observed.status)) return `the status ${observed.status}`
  const strings = [
    instance.id,
    instance.name,
    instance.version,
    ...instance.endpoints,
    ...Object.values(instance.metadata),
  ]
  if (!strings.every((text) => typeof text === 'string' && text.isWellFormed())) return 'what is no text'
  return JSON.stringify(reading) ? undefined : 'what cannot be printed'
}

/** What makes Kratos' clients read a record, whatever its key is: see wire formats, and the tests beside Go itself. */
function kratosReads(key: Buffer, prefix: string, value: Uint8Array): boolean {
  const json = decodeGoJson(value, KRATOS)
  if (json.is !== 'object') return false
  return key.toString('latin1').startsWith(Buffer.from(`${prefix}/${json.fields.name ?? ''}`).toString('latin1'))
}

/** A record without a name or an id is malformed though Kratos reads it: nobody can ask for it, or tell it apart. */
function isNameless(key: Buffer, prefix: string, value: Uint8Array): boolean {
  const json = decodeGoJson(value, KRATOS)
  const [name, id] = key
    .toString('latin1')
    .slice(prefix.length + 1)
    .split(/\/(.*)/s)
  return name === '' || id === '' || (json.is === 'object' && !(json.fields.name && json.fields.id))
}

/** All three of the fields that Kratos always writes, by the letter. */
function isSigned(value: Uint8Array): boolean {
  const json: unknown = JSON.parse(Buffer.from(value).toString())
  if (typeof json !== 'object' || json === null || !('endpoints' in json)) return false
  const { endpoints } = json
  const areTexts = Array.isArray(endpoints) && endpoints.every((each) => typeof each === 'string')
  return 'id' in json && 'name' in json && typeof json.id === 'string' && typeof json.name === 'string' && areTexts
}

it('layout kratos: what Kratos reads is never malformed, and what it does not read is no instance', () => {
  const kratosKey = fc
    .array(segment, { maxLength: 4 })
    .map((segments) => Buffer.from(['/microservices', ...segments].join('/'), 'latin1'))
  fc.assert(
    fc.property(kratosKey, fc.oneof(fitting, fitting, hostileJson), (bytes, json) => {
      const lies = { key: bytes, value: json, prefix: '/microservices' }
      const reads = kratosReads(bytes, lies.prefix, json) && !isNameless(bytes, lies.prefix, json)
      const reading = decode(lies, 'kratos', options)
      if (!reads) expect(reading.is).not.toBe('instance')
      else expect(reading.is).toBe(isSigned(json) || reading.is === 'instance' ? 'instance' : 'foreign')
    }),
    { seed: 1, numRuns: rounds(4_000, 20_000) },
  )
})

it('hostile records: each is read, none throws', () => {
  const seen = new Map<string, number>()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
  fc.assert(
    fc.property(record, ({ place, layout, folder, folders, ...rest }) => {
      const reading = decode({ ...place, ...rest }, layout, { ...options, folder, folders })
      count(reading.is === 'malformed' ? reading.problem.code : reading.is)
      const fault = faultOf(reading)
      if (fault !== undefined) throw new Error(fault)
    }),
    { seed: 1, numRuns: rounds(20_000, 100_000) },
  )
  const least = rounds(10, 50)
  for (const code of ['instance', 'foreign', ...PROBLEMS]) expect.soft(seen.get(code) ?? 0, code).toBeGreaterThan(least)
})
