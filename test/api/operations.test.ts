import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { channel } from 'node:diagnostics_channel'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as rollcall from '../../src/index.ts'
import { type TestRegistry, testRegistry } from '../../src/testing/index.ts'

const onMonday = () => Date.UTC(2026, 0, 5, 12)

let folder: string
let server: TestRegistry
let registry: rollcall.Registry
let client: rollcall.Client

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-operations-'))
  server = await testRegistry()
  registry = await server.connect()
  client = registry.client
  for (const id of ['a', 'b', 'c'])
    await registry.register(
      { name: 'pay', id, version: `v${id === 'c' ? 2 : 1}`, endpoints: [`grpc://${id}:9000`] },
      { keepAlive: false, ttl: null },
    )
  const body = Buffer.from('not json')
  const broken = { id: '/microservices/pay/broken', service: 'pay', body, ttlGranted: null }
  for await (const { result } of client.restore([broken])) expect(result).toBe('done')
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
const ids = async () => (await registry.getService('pay')).map(({ id }) => id)
const environment = () => ({ XDG_STATE_HOME: folder })
const stream = (name: string, of: rollcall.Client): rollcall.Stream => ({ name, batches: instancesOf(of) })
async function* instancesOf(of: rollcall.Client): AsyncGenerator<rollcall.InstanceEntry[]> {
  for await (const batch of of.entries().batches()) yield batch.filter((entry) => entry.is === 'instance')
}

describe('what the command line does, as functions', () => {
  it('checks keys, and counts what it found', async () => {
    const check = await rollcall.checkKeys(client, { rules: { severity: 'error' } })
    expect((await all(check)).flat()).toMatchObject([{ key: '/microservices/pay/broken', severity: 'error' }])
    expect(check.counts).toMatchObject({ records: 4, error: 1 })
    await expect(rollcall.checkKeys(client, { rules: { only: ['RC9999'] } })).rejects.toMatchObject({ code: 'usage' })
  })

  it('names the other keys on the lease of a finding, and gives every key its verdict', async () => {
    const endpoints = ['grpc://x:9000', 'http://x:8000']
    await client.register({ name: 'ship', id: 'x', endpoints }, { ttl: 60, layout: 'kratos-scheme' })
    const keys = ['grpc', 'http'].map((scheme) => `/microservices/ship/${scheme}/x`)
    const options = { rules: { only: ['RC1105'] }, scope: { services: ['ship'] } }
    const check = await rollcall.checkKeys(client, { ...options, leaseKeys: true })
    expect((await all(check)).flat().map(({ key, otherKeys }) => [key, otherKeys])).toEqual([
      [keys[0], [keys[1]]],
      [keys[1], [keys[0]]],
    ])
    expect(check.counts).toMatchObject({ records: 2, info: 2 })
    const verdicts = (await all(rollcall.judgeKeys(client, { ...options, scope: {} }))).flat()
    expect(verdicts.map(({ record, verdict }) => [record.service, verdict])).toEqual([
      ...['pay', 'pay', 'pay', 'pay'].map((service) => [service, 'ok']),
      ...['ship', 'ship'].map((service) => [service, 'info']),
    ])
    expect(await client.unreadable({ services: ['pay'] })).toBeUndefined()
  })

  it('counts', async () => {
    expect(await rollcall.stats(client)).toMatchObject({ services: 1, instances: 3, malformed: 1 })
    expect(await rollcall.stats(client, { scope: { services: ['nobody'] } })).toMatchObject({ instances: 0 })
  })

  it('waits', async () => {
    const condition = {
      scope: {},
      services: [{ name: 'pay', test: (name: string) => name === 'pay' }] as const,
      min: 4,
    }
    const waiting = rollcall.wait(client, condition, { timeout: 60_000 })
    await registry.register({ name: 'pay', id: 'd', endpoints: ['grpc://d:9000'] }, { keepAlive: false })
    expect(await waiting).toMatchObject({ services: [{ service: 'pay' }] })
  })

  it('verifies a manifest', async () => {
    const manifest = await rollcall.parseManifest('claims.yaml', 'services:\n  pay: {min: 2, versions: [v1, v2]}\n')
    expect(await rollcall.verify(client, manifest, { wait: 0 })).toMatchObject({ holds: true })
  })

  it('exports, imports and compares two registries in one process', async () => {
    await using other = await rollcall.connect('memory:')
    const items = await all(rollcall.exportInstances(client))
    expect(items.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    const copied = await all(rollcall.importInstances(other.client, JSON.parse(JSON.stringify(items)), { ttl: null }))
    expect(copied.map(({ result }) => result)).toEqual(['created', 'created', 'created'])
    const again = await all(rollcall.importInstances(other.client, items))
    expect(again.map(({ result }) => result)).toEqual(['unchanged', 'unchanged', 'unchanged'])
    expect((await rollcall.diff(stream('one', client), stream('other', other.client))).items).toEqual([])
    await other.deregister({ name: 'pay', id: 'c' })
    expect((await rollcall.diff(stream('one', client), stream('other', other.client))).items).toEqual([
      { difference: 'removed', service: 'pay', id: 'c' },
    ])
    expect(await ids()).toEqual(['a', 'b', 'c'])
  })

  it('purges by a plan, with a backup, and restores it', async () => {
    const plan = await rollcall.planPurge(client, { reasons: { malformed: true } })
    expect(plan.records.map(({ key }) => key)).toEqual(['/microservices/pay/broken'])
    const backup = join(folder, 'backup.ndjson')
    const done = await rollcall.purge(client, plan, { backup, environment: environment() })
    expect(done).toMatchObject({ backup, left: 0, outcomes: [{ result: 'done' }] })
    expect(await rollcall.stats(client)).toMatchObject({ malformed: 0 })
    expect(await readFile(join(folder, 'rollcall/audit.ndjson'), 'utf8')).toContain('/microservices/pay/broken')
    expect((await rollcall.keptRuns(environment())).runs).toMatchObject([{ run: { id: done.id, command: 'purge' } }])
    expect(await all(rollcall.restore(client, backup, { environment: environment() }))).toMatchObject([
      { result: 'done' },
    ])
    expect(await rollcall.stats(client)).toMatchObject({ malformed: 1 })
    expect(await all(rollcall.restore(client, backup, { environment: environment() }))).toEqual([])
  })

  it('refuses a plan that takes more than its guard lets it, and changes nothing', async () => {
    const plan = await rollcall.planPurge(client, { reasons: { noLease: true }, guard: { maxPercent: 50, keepMin: 0 } })
    expect(plan.records).toHaveLength(3)
    await expect(rollcall.purge(client, plan, { environment: environment() })).rejects.toMatchObject({
      code: 'refused',
    })
    expect(await ids()).toEqual(['a', 'b', 'c'])
    const done = await rollcall.purge(client, plan, { environment: environment(), force: true })
    expect(done.outcomes).toHaveLength(3)
    expect(await ids()).toEqual([])
  })

  it('leaves what is protected, and removes nothing in protected hours', async () => {
    const plan = await rollcall.planPurge(client, { reasons: { malformed: true } })
    const place = { environment: environment(), context: 'prod' }
    const refused = (options: rollcall.PurgeOptions) =>
      expect(rollcall.purge(client, plan, { ...place, ...options })).rejects.toMatchObject({ code: 'refused' })
    await refused({ protected: [{ service: ['pay'] }] })
    await refused({ protectedHours: ['Mon 09:00-18:00 UTC'], now: onMonday })
    await expect(rollcall.purge(client, plan, { ...place, protectedHours: ['noon'] })).rejects.toMatchObject({
      code: 'usage',
    })
    expect((await rollcall.keptRuns(environment())).runs).toEqual([])
    const done = await rollcall.purge(client, plan, {
      ...place,
      protected: [{ service: ['ship'] }],
      protectedHours: ['Tue 09:00-18:00 UTC'],
      now: onMonday,
      command: 'apply',
      user: 'ann',
      onBackup: async (path) => expect(await readFile(path, 'utf8')).toContain('/microservices/pay/broken'),
    })
    expect(done).toMatchObject({ outcomes: [{ result: 'done' }], left: 0 })
    expect(JSON.parse(await readFile(join(folder, 'rollcall/audit.ndjson'), 'utf8'))).toMatchObject({
      time: '2026-01-05T12:00:00.000Z',
      command: 'apply',
      context: 'prod',
      who: expect.stringMatching(/^ann@/),
    })
  })

  it('carries out a plan from a file only as it was, and only in its own registry', async () => {
    const path = join(folder, 'plan.json')
    const request = { reasons: { malformed: true } }
    const plan = await rollcall.planPurge(client, request)
    await rollcall.writePlanFile(client, plan, { path, flags: { malformed: true } })
    await expect(rollcall.writePlanFile(client, plan, { path })).rejects.toMatchObject({ code: 'usage' })
    expect(Object.keys(JSON.parse(await readFile(path, 'utf8')).flags)).toHaveLength(13)
    const stored = await rollcall.readPlanFile(path)
    expect(stored).toMatchObject({ services: [], flags: { malformed: true, noLease: false, rule: [] } })
    rollcall.requireSamePlan(client, stored, plan)
    await rollcall.requireUnchanged(client, plan)
    const elsewhere = { ...stored, prefix: '/elsewhere' }
    expect(() => rollcall.requireSamePlan(client, elsewhere, plan)).toThrow(
      expect.objectContaining({
        message: "the plan was made for memory:, `prefix: '/elsewhere'`",
        hint: expect.stringContaining('this is memory:, without `prefix`'),
      }),
    )
    await rollcall.purge(client, plan, { environment: environment() })
    await expect(rollcall.requireUnchanged(client, plan)).rejects.toMatchObject({ code: 'conflict' })
    const now = await rollcall.planPurge(client, request)
    expect(() => rollcall.requireSamePlan(client, stored, now)).toThrow('no longer chosen: /microservices/pay/broken')
    await writeFile(path, JSON.stringify({ kind: 'RemovalPlan' }))
    await expect(rollcall.readPlanFile(path)).rejects.toMatchObject({
      code: 'usage',
      hint: 'name a file that `writePlanFile` wrote',
    })
  })

  it('ends with its signal', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    const { signal } = stop
    await expect(rollcall.stats(client, { signal })).rejects.toThrow('enough')
    await expect(all(rollcall.exportInstances(client, { signal }))).rejects.toThrow('enough')
    await expect(rollcall.planPurge(client, { signal })).rejects.toThrow('enough')
  })

  it('diagnoses', async () => {
    const found = await all(rollcall.diagnose((await rollcall.connect(`file:${join(folder, 'r.db')}`)).client.target))
    expect(found.length).toBeGreaterThan(0)
  })

  it('writes a journal, and reads it', async () => {
    const path = join(folder, 'journal.db')
    const stop = new AbortController()
    {
      using writer = await rollcall.JournalWriter.open(path, {
        registry: rollcall.registryName(client.target),
        now: Date.now,
        keep: 86_400_000,
        size: 1 << 26,
      })
      for await (const event of rollcall.recorded(writer, client.watch({}, { signal: stop.signal }))) {
        if (event.type === 'synced') await registry.deregister({ name: 'pay', id: 'a' })
        if (event.type === 'removed') stop.abort()
      }
    }
    const lines = await all(rollcall.fileJournal(path, Date.now).read({ since: 0 }))
    expect(JSON.stringify(lines)).toContain('removed')
  })

  it('gives the lists of a watch to a loop, which ends with its signal and when it is left', async () => {
    const stop = new AbortController()
    const seen: number[] = []
    for await (const instances of registry.watch('pay', { signal: stop.signal })) {
      seen.push(instances.length)
      if (seen.length === 1) await registry.deregister({ name: 'pay', id: 'a' })
      else stop.abort()
    }
    expect(seen).toEqual([3, 2])
    const watcher = registry.watch('pay')
    for await (const instances of watcher) if (instances.length === 2) break
    await expect(watcher.next()).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('says what it does on channels', async () => {
    const told: [string, object][] = []
    const listen = (message: unknown, name: string | symbol) => void told.push([String(name), message as object])
    const channels = Object.values(rollcall.CHANNELS).map((name) => channel(name))
    for (const each of channels) each.subscribe(listen)
    await using kept = await registry.register({ name: 'ship', id: 's', endpoints: ['grpc://s:9000'] })
    expect(kept.registration.records).toHaveLength(1)
    await using balanced = await rollcall.balancer(registry, 'ship')
    await expect(balanced.call(async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await registry.getService('pay')
    for await (const entry of registry.entries()) if (entry.is === 'instance') break
    await all(rollcall.importInstances(client, [{ name: 'new', id: 'n', endpoints: ['grpc://n:9000'] }]))
    for (const each of channels) each.unsubscribe(listen)
    const timed = { startedAt: expect.any(Number), milliseconds: expect.any(Number) }
    const about = { service: 'ship', instance: 's' }
    expect(told).toContainEqual(['rollcall:keep-alive', { registry: 'memory:', ...about, event: 'registered' }])
    expect(told).toContainEqual([
      'rollcall:try',
      { ...about, url: 'grpc://s:9000', ...timed, error: new Error('broken') },
    ])
    expect(told).toContainEqual([
      'rollcall:operation',
      { registry: 'memory:', operation: 'register', services: ['ship'], ...timed },
    ])
    expect(told).toContainEqual([
      'rollcall:operation',
      { registry: 'memory:', operation: 'scan', services: ['pay'], records: 4, ...timed },
    ])
    // Also of a loop that was left before its end.
    expect(told).toContainEqual([
      'rollcall:operation',
      { registry: 'memory:', operation: 'scan', records: 5, ...timed },
    ])
    expect(told).toContainEqual([
      'rollcall:operation',
      { registry: 'memory:', operation: 'register', records: 1, ...timed },
    ])
    const { length } = told
    await registry.getService('pay')
    expect(told).toHaveLength(length)
  })

  it('says on a channel that what is kept alive was lost, and that it is registered again', async () => {
    const events: string[] = []
    const listen = (message: unknown) => void events.push((message as rollcall.KeepAliveTrace).event)
    const told = channel(rollcall.CHANNELS.keepAlive)
    told.subscribe(listen)
    await using kept = await registry.register({ name: 'ship', id: 's', endpoints: ['grpc://s:9000'] }, { ttl: 15 })
    server.failNext('unreachable')
    server.goAway()
    await server.advance(60_000)
    server.comeBack()
    await expect.poll(() => events.at(-1), { timeout: 5_000 }).toBe('registered-again')
    expect([...new Set(events)]).toEqual(['registered', 'lost', 'retrying', 'registered-again'])
    expect(kept.registration.records).toHaveLength(1)
    told.unsubscribe(listen)
  })
})
