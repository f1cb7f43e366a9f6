import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { allRules } from '../../src/backends/rules.ts'
import { decode } from '../../src/layouts/index.ts'
import { listenerOf } from '../../src/lint/endpoint.ts'
import type { RecordRule, Subject } from '../../src/lint/rule.ts'
import { subjectOf } from '../../src/lint/subject.ts'
import { escapeKey } from '../../src/model/key.ts'
import { LAYOUTS } from '../../src/model/observed.ts'
import { anyText } from '../any-text.ts'
import { rounds } from '../rounds.ts'
import { stored as hostile } from './hostile.ts'
import { NOW } from './records.ts'

const ALL_RULES = await allRules()

/** Mostly what an ordinary record has, else what is close to it. */
function near(good: readonly string[], ...odd: readonly string[]): fc.Arbitrary<string> {
  const bad = fc.oneof(fc.constantFrom(...odd), anyText({ maxLength: 8 }))
  return fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: bad })
}

const name = near(['sre', 'a', 'user-service-2'], 'Sre', 'user_service', 'a--b', '-a', 'a/b', '用户', 'sre\n', '')
const id = near(['i-1', '7f.local:80@x', 'grpc', 'A_1'], 'a/b', 'a\\x0a', 'a\n', 'é', '%2f', 'a b', '')
const version = near(['v1.2.3', '1.0.0-rc.1+b.5', 'V0.0.1'], '', 'v1', 'v1.02.3', '1.0.0\n', 'v1.2.3-', 'latest')
const good = [
  'grpc://10.0.0.1:9000',
  'http://web-1.internal:80',
  'https://a:65535',
  'grpcs://1270.x:1',
  'grpc://0.0.0.1:1',
]
const odd = `grpc:
http://web
grpc://h:0
grpc://h:65536
grpc://h:080
grpc://h:99999
10.0.0.1:80
grcp://h:1
tcp://10.0.0.1:80
grpc://0.0.0.0:80
grpc://[::]:80
grpc://[::1]:80
grpc://127.0.0.1:80
http://127.1:80
grpc://localhost:80
grpc://a.localhost:80
grpc://LOCALHOST:1
GRPC://h:1
grpc://H:1
grpc://h:1/
grpc://h:1?isSecure=true
grpc://h:1?isSecure=false
http://h:1/v1
http://h:1?weight=1
http://u:p@h:1
http://u@h:1`
const endpoint = near(good, ...odd.split('\n'), 'grpc://h:1\n')
const endpoints = fc.oneof(
  { weight: 9, arbitrary: fc.array(endpoint, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom([], null) },
)
const metadata = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.dictionary(fc.constantFrom('env', 'zone', 'Weight', '__proto__'), anyText({ maxLength: 4 })),
  },
  { weight: 1, arbitrary: fc.constantFrom({ weight: '7' }, { weight: '-1' }, { weight: '0.5' }, null) },
)
const more = fc.constantFrom(
  ...Array.from({ length: 9 }, () => ({})),
  { last_renew_time: 'x' },
  { address: 'h:1' },
  { name: 'other' },
)

/** The key has one difference at most from where Kratos would put the record. */
const key = fc.oneof(
  { weight: 12, arbitrary: fc.constant((service: string, own: string) => `/microservices/${service}/${own}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      (service: string, own: string) => `/microservices/${service}/grpc/${own}`,
      (service: string, own: string) => `/microservices/${service}-admin/${own}`,
      (service: string, own: string) => `/microservices/x/${service}/${own}`,
      (service: string, own: string) => `/microservices/${service}/${own}\n`,
      (service: string, own: string) => `/microservices/${service}/other-${own}`,
      (service: string) => `/microservices/${service}`,
    ),
  },
)

const nearlyOrdinary = fc
  .record({ name, id, version, metadata, endpoints, more, key })
  .map(({ key: place, more: others, ...value }): [Buffer, Buffer] => [
    Buffer.from(place(value.name, value.id)),
    Buffer.from(JSON.stringify({ ...value, ...others })),
  ])

/** AIO's records with a lease, as no AIO writes them: in order but for what only AIO's rules look at. */
const ofAio = fc
  .record({ name, id, status: fc.constantFrom('up', 'down', 'resting'), address: fc.constantFrom('h:1', 'http://h:1') })
  .map((value): [Buffer, Buffer] => [
    Buffer.from(`/microservices/${value.name}/${value.id}`),
    Buffer.from(
      JSON.stringify({
        ...value,
        protocol: 'grpc',
        metadata: { version: 'v1.0.0' },
        last_renew_time: '2030-01-01T00:00:00Z',
      }),
    ),
  ])

const subject = fc
  .record({
    stored: fc.oneof(
      { weight: 4, arbitrary: nearlyOrdinary },
      { weight: 1, arbitrary: hostile },
      { weight: 1, arbitrary: ofAio },
    ),
    layout: fc.oneof(fc.constantFrom('auto', 'kratos'), fc.constantFrom(...LAYOUTS)),
    lease: fc.option(fc.constant('1f'), { nil: undefined, freq: 9 }),
    children: fc.option(fc.constantFrom(0, 1), { nil: undefined, freq: 3 }),
    prefix: fc.constantFrom('/microservices', '/microservices', '/microservices', '', '/micro\n'),
  })
  .map(({ stored: [bytes, value], layout, lease, children, prefix }): Subject => {
    const moved =
      prefix.length > 1 ? Buffer.from(bytes.toString('latin1').replace('/microservices', prefix), 'latin1') : bytes
    const at = { key: moved, value, prefix, lease }
    const reading = decode(at, layout, { now: NOW, aioTtl: 30_000, folders: children !== undefined })
    const record = { id: escapeKey(moved), service: serviceIn(moved, prefix), body: value, lease, children }
    return subjectOf({ record, reading }, { now: NOW, expected: layout === 'auto' ? undefined : layout })
  })

const RULES = ALL_RULES.filter((rule): rule is RecordRule => 'check' in rule && !rule.flagsOrdinary)

test('no rule that says so flags a record that is proved to be in order', () => {
  fc.assert(
    fc.property(subject, (one) => {
      if (!one.isOrdinary) return
      const asked = RULES.filter(({ layouts }) => layouts?.includes(one.layout) ?? true)
      const codes = asked.filter((rule) => rule.check(one).length > 0).map(({ code }) => code)
      expect(codes, JSON.stringify(one.record)).toEqual([])
    }),
    { seed: 1, numRuns: rounds(8_000, 60_000) },
  )
})

test('the listeners of a record that is proved to be in order are those of its endpoints', () => {
  let proved = 0
  const runs = rounds(3_000, 20_000)
  fc.assert(
    fc.property(subject, ({ isOrdinary, listeners, endpoints: each }) => {
      if (isOrdinary) proved += 1
      expect(listeners).toEqual([...new Set(each.flatMap((one) => listenerOf(one) ?? []))])
    }),
    { seed: 1, numRuns: runs },
  )
  expect(proved / runs).toBeGreaterThan(0.05)
})

test('nearly every record of a fleet is proved to be in order', () => {
  const value = { id: 'i-1', name: 'sre', version: 'v1.0.0', metadata: { env: 'prod' }, endpoints: good }
  const at = { key: Buffer.from('/microservices/sre/i-1'), value: Buffer.from(JSON.stringify(value)), lease: '1f' }
  const reading = decode({ ...at, prefix: '/microservices' }, 'auto', { now: NOW, aioTtl: 30_000 })
  const record = { id: '/microservices/sre/i-1', service: 'sre', body: at.value, lease: '1f' }
  expect(subjectOf({ record, reading }, { now: NOW }).isOrdinary).toBe(true)
})

function serviceIn(bytes: Buffer, prefix: string): string {
  return escapeKey(bytes.subarray(prefix.length + 1)).split('/')[0] ?? ''
}
