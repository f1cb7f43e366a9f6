import { describe, expect, it } from 'vitest'
import type { Client, EntryScan } from '../../src/client/client.ts'
import type { RestoreRecord } from '../../src/backends/contract/backend.ts'
import type { Entry } from '../../src/model/reading.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { embedded, scripted } from './clients.ts'
import { ScriptedBackend, recordOf } from './scripted-backend.ts'

async function entriesOf(client: Client, ...args: Parameters<Client['entries']>): Promise<Entry[]> {
  return await listOf(client.entries(...args))
}

async function listOf(scan: EntryScan): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of scan) entries.push(entry)
  return entries
}

async function store(client: Client, key: string, value: string): Promise<void> {
  const record: RestoreRecord = { id: key, service: '', body: Buffer.from(value), ttlGranted: null }
  for await (const { result } of client.restore([record])) expect(result).toBe('done')
}

describe('reading a registry', () => {
  it('merges the records of one instance and keeps them with it', async () => {
    await using client = await embedded({ layout: 'kratos-scheme' })
    const endpoints = ['grpc://h:9000', 'http://h:8000']
    await client.register({ name: 'pay', id: 'a', endpoints })
    await client.register({ name: 'pay', id: 'b', endpoints: ['http://h:8001'] })
    const entries = await entriesOf(client)
    expect(entries).toMatchObject([
      {
        is: 'instance',
        service: 'pay',
        instance: { id: 'a', endpoints },
        records: [{ id: '/microservices/pay/grpc/a' }, { id: '/microservices/pay/http/a' }],
      },
      { is: 'instance', instance: { id: 'b', endpoints: ['http://h:8001'] } },
    ])
  })

  it('tells of what no client can use, with its record', async () => {
    await using client = await embedded()
    await client.register({ name: 'pay', id: 'a' })
    await store(client, '/microservices/pay/bad', '{')
    expect(await entriesOf(client, { services: ['pay'] })).toMatchObject([
      { is: 'instance', instance: { id: 'a' } },
      { is: 'malformed', service: 'pay', problem: { code: 'not-json' }, record: { id: '/microservices/pay/bad' } },
    ])
  })

  it('knows the revision once something came, and of an empty registry at the end', async () => {
    await using client = await embedded()
    const kept = await client.register({ name: 'pay', id: 'a' })
    const scan = client.entries()
    expect(scan.revision).toBeUndefined()
    for await (const entry of scan) {
      expect(entry.is).toBe('instance')
      expect(Number(scan.revision)).toBeGreaterThan(0)
    }
    await kept[Symbol.asyncDispose]()
    const empty = client.entries()
    expect(await listOf(empty)).toEqual([])
    expect(Number(empty.revision)).toBeGreaterThan(Number(scan.revision))
  })

  it('tells what a lease grants and what else hangs on it only when asked for detail', async () => {
    await using client = await embedded()
    await client.register({ name: 'pay', id: 'a' }, { ttl: 60 })
    const [plain] = await entriesOf(client)
    expect(plain).not.toHaveProperty('observed.ttl')
    const [detailed] = await entriesOf(client, {}, { detail: true })
    expect(detailed).toMatchObject({ observed: { ttl: { granted: 60 } } })
  })

  it('emits what is whole at once and parts at the end of their service, before the next', async () => {
    const backend = new ScriptedBackend()
    backend.put(
      recordOf('pay/1/a', { groupKey: 'a', instance: { endpoints: ['grpc://h:1'] } }),
      recordOf('pay/2/b'),
      recordOf('pay/3/a', { groupKey: 'a', instance: { endpoints: ['http://h:2'] } }),
      recordOf('ship/a', { groupKey: 'a' }),
    )
    const entries = await entriesOf(scripted(backend))
    const seen = entries.map(
      (entry) => entry.is === 'instance' && `${entry.service}/${entry.instance.id} ${entry.records.length}`,
    )
    expect(seen).toEqual(['pay/b 1', 'pay/a 2', 'ship/a 1'])
  })

  it('ends with the reason of its signal', async () => {
    await using client = await embedded()
    await client.register({ name: 'pay', id: 'a' })
    const reason = new RollcallError('interrupted', 'enough')
    await expect(entriesOf(client, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('finding an instance', () => {
  it('meets exactly that id, under one service or under any', async () => {
    await using client = await embedded()
    await client.register({ name: 'pay', id: 'user-1' })
    await client.register({ name: 'pay', id: 'user-10' })
    await client.register({ name: 'ship', id: 'user-1' })
    const names = async (service?: string) => {
      const found = await client.find({ id: 'user-1', ...(service === undefined ? {} : { service }) })
      return found.map((entry) => `${entry.service}/${entry.instance.id}`)
    }
    expect(await names()).toEqual(['pay/user-1', 'ship/user-1'])
    expect(await names('ship')).toEqual(['ship/user-1'])
    expect(await names('none')).toEqual([])
  })

  it('tells the details of what was found, merged', async () => {
    await using client = await embedded({ layout: 'kratos-scheme' })
    await client.register({ name: 'pay', id: 'a', endpoints: ['grpc://h:1', 'http://h:2'] }, { ttl: 60 })
    const [entry] = await client.find({ service: 'pay', id: 'a' }, { detail: true })
    expect(entry).toMatchObject({
      observed: { ttl: { granted: 60 } },
      instance: { endpoints: ['grpc://h:1', 'http://h:2'] },
    })
    expect(entry?.records).toHaveLength(2)
    expect(entry?.observed.leaseKeys).toBeUndefined()
  })
})

describe('what a registry cannot', () => {
  it('is refused with a way out', async () => {
    await using client = await embedded({ layout: 'kratos' })
    await expect(client.setStatus([], 'down')).rejects.toMatchObject({ code: 'unsupported', hint: expect.any(String) })
    const poor = scripted(new ScriptedBackend({ history: false, renew: false, keepAlive: false }))
    await expect(poor.renew([])).rejects.toMatchObject({ code: 'unsupported' })
    await expect(poor.keepAlive({ name: 'pay', id: 'a' })).rejects.toMatchObject({ code: 'unsupported' })
    expect(() => poor.restore([])).toThrow(expect.objectContaining({ code: 'unsupported' }))
    const events = poor.watch({}, { since: '1' })[Symbol.asyncIterator]()
    await expect(events.next()).rejects.toMatchObject({ code: 'unsupported' })
  })
})
