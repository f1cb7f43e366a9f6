import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { leaseIn } from '../../../src/backends/eureka/instance.ts'
import { read } from '../../../src/backends/eureka/reading.ts'
import { addressOf, ownRecord, recordId, recordOf, serviceOf } from '../../../src/backends/eureka/record.ts'
import { StrangeServer } from '../strange-answers.ts'
import { openAt, recordsOf } from './open.ts'

const NOW = Date.UTC(2026, 10, 21)
const LEASE = { renewalIntervalInSecs: 30, durationInSecs: 90, registrationTimestamp: NOW, lastRenewalTimestamp: NOW }

/** As Spring Cloud's client registers, and the server answers. */
const SPRING = {
  instanceId: 'host-1:payments:8080',
  hostName: 'host-1.example.org',
  app: 'PAYMENTS',
  ipAddr: '10.0.0.7',
  status: 'UP',
  overriddenStatus: 'UNKNOWN',
  port: { $: 8080, '@enabled': 'true' },
  securePort: { $: 443, '@enabled': 'false' },
  countryId: 1,
  dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
  leaseInfo: { ...LEASE, serviceUpTimestamp: NOW },
  metadata: { 'management.port': '8081', version: 'v2' },
  homePageUrl: 'http://host-1.example.org:8080/',
  vipAddress: 'payments',
  secureVipAddress: 'payments',
  isCoordinatingDiscoveryServer: 'false',
  lastUpdatedTimestamp: String(NOW),
  lastDirtyTimestamp: String(NOW - 5),
  actionType: 'ADDED',
}

/** As a server answers that tells nothing of leases. */
const TIMELESS = { ...SPRING, leaseInfo: undefined }

const readAt = (instance: object, at = NOW, directly = true) =>
  read(recordOf(instance as never, serviceOf(instance as never), { at, directly }))

it("reads Spring's record: named by its address, called by its host", () => {
  expect(readAt(SPRING)).toEqual({
    is: 'instance',
    instance: {
      id: 'host-1:payments:8080',
      name: 'payments',
      version: 'v2',
      metadata: { 'management.port': '8081', version: 'v2' },
      endpoints: ['http://host-1.example.org:8080'],
    },
    observed: {
      status: 'up',
      layout: 'service',
      ttl: { granted: 90 },
      registeredAt: NOW,
      renewedAt: NOW,
      startedAt: NOW,
    },
  })
})

it.each([
  ['a secure port', { securePort: { $: 8443, '@enabled': 'true' } }, ['http://h:80', 'https://h:8443']],
  [
    'the secure port alone',
    { port: { $: 80, '@enabled': 'false' }, securePort: { $: 8443, '@enabled': true } },
    ['https://h:8443'],
  ],
  ['a port as text', { port: { $: '81', '@enabled': 'true' } }, ['http://h:81']],
  ['a port that is a number', { port: 82 }, ['http://h:82']],
  ['a port above all', { port: { $: 65_536, '@enabled': 'true' } }, []],
  ['no host but an address of IPv6', { hostName: '', ipAddr: '2001:db8::1' }, ['http://[2001:db8::1]:80']],
])('finds the endpoints of %s', (_, more, endpoints) => {
  const instance = { app: 'A', instanceId: 'i', hostName: 'h', port: { $: 80, '@enabled': 'true' }, ...more }
  expect(readAt(instance)).toMatchObject({ instance: { endpoints } })
})

it.each([
  ['UP', 'UNKNOWN', 'up', undefined],
  ['DOWN', 'UNKNOWN', 'down', undefined],
  ['STARTING', 'UNKNOWN', 'starting', undefined],
  ['OUT_OF_SERVICE', 'UNKNOWN', 'maintenance', undefined],
  ['UNKNOWN', 'UNKNOWN', 'unknown', undefined],
  ['WEIRD', 'UNKNOWN', 'unknown', 'the status WEIRD'],
  ['', 'UNKNOWN', 'unknown', 'the status is missing'],
  ['OUT_OF_SERVICE', 'OUT_OF_SERVICE', 'maintenance', 'set to OUT_OF_SERVICE by an override'],
  ['DOWN', 'OUT_OF_SERVICE', 'down', 'set to OUT_OF_SERVICE, and DOWN by its own report'],
])('reads the status %s with the override %s as %s', (status, overriddenStatus, read_, reason) => {
  const reading = readAt({ ...SPRING, status, overriddenStatus })
  expect(reading.is === 'instance' && [reading.observed.status, reading.observed.reason]).toEqual([read_, reason])
})

it('knows an overdue lease, by the last heartbeat and not by what Eureka calls that', () => {
  const renewed = { ...SPRING, leaseInfo: { ...LEASE, lastRenewalTimestamp: NOW + 60_000 + 90_000 } }
  expect(leaseIn(renewed)).toMatchObject({ renewedAt: NOW + 60_000, endsAt: NOW + 60_000 + 180_000 })
  const statusAt = (seconds: number, directly = true) => {
    const reading = readAt(renewed, NOW + 60_000 + seconds * 1_000, directly)
    return reading.is === 'instance' && [reading.observed.status, reading.observed.reason].join(': ')
  }
  expect(statusAt(89)).toBe('up: ')
  expect(statusAt(92)).toBe('expired: its heartbeats stopped')
  expect(statusAt(182)).toBe('expired: its heartbeats stopped, and self-preservation keeps it')
  expect(statusAt(182, false)).toBe('expired: its heartbeats stopped')
})

it('keeps in maintenance what an operator took out, though its heartbeats stopped', () => {
  const out = { ...SPRING, status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' }
  expect(readAt(out, NOW + 100_000, false)).toMatchObject({
    observed: {
      status: 'maintenance',
      reason: 'set to OUT_OF_SERVICE by an override; its heartbeats stopped',
      offlineAt: NOW,
    },
  })
})

it.each([
  ['an id of its own', { instanceId: 'i', hostName: 'h' }, 'i'],
  ['that of a machine on Amazon', { hostName: 'h', dataCenterInfo: { metadata: { 'instance-id': 'i-0a' } } }, 'i-0a'],
  ['its host, in old servers', { hostName: 'h' }, 'h'],
])('knows an instance by %s', (_, instance, id) => {
  expect(readAt({ app: 'A', ...instance })).toMatchObject({ instance: { id } })
})

it('has another revision when it is registered again, overridden, or overdue, and the same after a heartbeat', () => {
  const revisionAt = (instance: object, at = NOW) =>
    recordOf({ ...SPRING, ...instance }, 'payments', { at, directly: true }).revision
  const renewed = { leaseInfo: { ...LEASE, lastRenewalTimestamp: NOW + 95_000 } }
  expect(revisionAt(renewed, NOW + 6_000)).toBe(revisionAt({}))
  const all = [
    revisionAt({}),
    revisionAt({ lastDirtyTimestamp: String(NOW) }),
    revisionAt({ status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' }),
    revisionAt({}, NOW + 100_000),
  ]
  expect(new Set(all).size).toBe(all.length)
})

it('never throws, whatever an instance holds', () => {
  const names = [...Object.keys(SPRING), '$', '@enabled', '@class', 'ID', 'Name', 'Endpoints', '__proto__', 'toString']
  const value = fc.jsonValue({ maxDepth: 3 })
  const tree = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value)
  const hostile = fc.record(
    {
      app: fc.oneof(fc.string(), value),
      instanceId: value,
      metadata: fc.oneof(tree, value),
      port: fc.oneof(tree, value),
      leaseInfo: fc.oneof(tree, value),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(hostile, tree, fc.integer(), (known, more, at) => {
      const instance = { ...more, ...known } as never
      const record = recordOf(instance, serviceOf(instance), { at, directly: at > 0 })
      const own = ownRecord(JSON.parse(JSON.stringify(record)) as typeof record)
      if (own) expect(own.id).toBe(record.id)
      for (const text of Object.values(metadataOf(read(record)))) expect(typeof text).toBe('string')
    }),
    { numRuns: 1_000 },
  )
})

function metadataOf(reading: ReturnType<typeof read>): Readonly<Record<string, unknown>> {
  return reading.is === 'instance' ? reading.instance.metadata : {}
}

it('finds the way back from the id of a record', () => {
  const address = fc.record({
    app: fc.string({ minLength: 1 }).filter((app) => !app.includes('/')),
    id: fc.string({ minLength: 1 }),
  })
  fc.assert(
    fc.property(address, (each) => {
      expect(addressOf(recordId(each))).toEqual(each)
    }),
  )
  for (const none of ['', 'A', '/x', 'A/']) expect(addressOf(none)).toBeUndefined()
})

it.each<[string, object, string[]]>([
  [
    'one of each, as an object instead of a list',
    { application: { name: 'A', instance: { ...TIMELESS, app: 'A' } } },
    ['A/host-1:payments:8080'],
  ],
  [
    'several, as lists',
    { application: [{ name: 'A', instance: [TIMELESS, { ...TIMELESS, instanceId: 'b' }] }] },
    ['PAYMENTS/b', 'PAYMENTS/host-1:payments:8080'],
  ],
  ['none', { application: [] }, []],
  ['none at all', {}, []],
  ['what is no instance', { application: [null, { instance: [null, 7] }] }, []],
])('reads a registry of %s', async (_, applications, ids) => {
  await using server = await StrangeServer.start()
  server.answers = { body: JSON.stringify({ applications: { apps__hashcode: '', ...applications } }) }
  await using backend = await openAt(`eureka://${server.endpoint}`)
  const records = await recordsOf(backend)
  expect(records.map(({ id }) => id)).toEqual(ids)
})
