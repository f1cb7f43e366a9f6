import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { silent } from '../../../src/model/logger.ts'
import type { Outcome, RawRecord } from '../../../src/model/record.ts'
import type { Identity } from '../../../src/server/authenticate.ts'
import { type RunningServer, serve } from '../../../src/server/server.ts'
import { tokensOf } from '../../server/ground.ts'
import { clientAt } from './open.ts'
import { Told } from './told.ts'
import { patientTarget } from '../../patience.ts'

const TOKENS: Readonly<Record<string, Identity>> = {
  viewer: { name: 'viewer', role: 'viewer', services: [] },
  editor: { name: 'editor', role: 'editor', services: [] },
  shop: { name: 'shop', role: 'editor', services: ['shop-*'] },
}

let folder: string
let behind: Client
let server: RunningServer
const audit: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-http-'))
  behind = await Client.open(patientTarget(`file:${join(folder, 'registry.db')}`))
  await behind.register({ name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }, { ttl: 60 })
  await behind.register({ name: 'shop-a', id: 'a-1', endpoints: ['http://10.0.0.2:80'] }, { layout: 'aio' })
  const id = '/microservices//web-7'
  const body = Buffer.from('{"id":"web-7","name":""}')
  for await (const { error } of behind.restore([{ id, service: '', body, ttlGranted: null }])) if (error) throw error
  audit.length = 0
  server = await serve(behind, {
    host: '127.0.0.1',
    port: 0,
    tokens: tokensOf(TOKENS),
    audit: (line) => void audit.push(line),
  })
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await behind[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function recordsOf(client: Client): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const page of client.backend.scan({})) records.push(...page.records)
  return records
}

async function resultsOf(outcomes: AsyncIterable<Outcome>): Promise<string[]> {
  const all: string[] = []
  for await (const { id, result, error } of outcomes) all.push(`${id} ${result}${error ? ` ${error.message}` : ''}`)
  return all
}

describe('through rollcall serve', () => {
  it('reads the records of the registry byte for byte, malformed ones too', async () => {
    await using client = await clientAt(server.port, { token: 'viewer' })
    const [own, through] = [await recordsOf(behind), await recordsOf(client)]
    expect(seen(through, client)).toEqual(seen(own, behind))
    expect(client.backend.removalEffect(through[1] ?? never(), client.backend.read(through[1] ?? never(), 0))).toEqual(
      behind.backend.removalEffect(own[1] ?? never(), behind.backend.read(own[1] ?? never(), 0)),
    )
  })

  it('tells what is left of a lease when asked for it', async () => {
    await using client = await clientAt(server.port, { token: 'viewer' })
    const [entry] = await client.find({ service: 'sre', id: 'i-1' }, { detail: true })
    expect(entry?.observed.ttl).toMatchObject({ granted: 60 })
  })

  it('removes a malformed record as it was seen, and the server tells who did it', async () => {
    await using client = await clientAt(server.port, { token: 'editor' })
    const malformed = (await recordsOf(client)).filter(({ service }) => service === '')
    expect(await resultsOf(client.remove(malformed))).toEqual(['/microservices//web-7 done'])
    expect(await resultsOf(client.remove(malformed))).toEqual(['/microservices//web-7 absent'])
    expect(audit.map((line) => JSON.parse(line))).toMatchObject([
      { who: 'editor', action: 'unregister', id: '/microservices//web-7' },
    ])
  })

  it('lets a viewer read and nothing else', async () => {
    await using client = await clientAt(server.port, { token: 'viewer' })
    const records = await recordsOf(client)
    await expect(client.register({ name: 'x', id: 'x', endpoints: ['http://a:1'] })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('viewer'),
    })
    const results = await resultsOf(client.remove(records))
    expect(results).toEqual(
      records.map(({ id }) => expect.stringContaining(`${id} failed http: no permission to remove`)),
    )
    expect(await recordsOf(behind)).toHaveLength(3)
  })

  it('shows a token its services alone, says so, and refuses the others', async () => {
    await using client = await clientAt(server.port, { token: 'shop' })
    const entries = client.entries()
    const services: string[] = []
    for await (const { service } of entries) services.push(service)
    expect(services).toEqual(['shop-a'])
    expect(entries.unreadable).toBe('the token "shop" is for shop-* alone')
    await expect(client.find({ service: 'sre' })).rejects.toMatchObject({ code: 'forbidden' })
    const foreign = await recordsOf(behind)
    const results = await resultsOf(client.remove(foreign))
    expect(results.toSorted()).toEqual([
      '/aio/registry/shop-a/a-1 done',
      expect.stringMatching(/^\/microservices\/\/web-7 failed .*no permission/),
      expect.stringMatching(/^\/microservices\/sre\/i-1 failed .*no permission/),
    ])
    await using told = new Told(client)
    await told.includes('synced')
    await behind.register({ name: 'pay', id: 'p-1', endpoints: ['http://10.0.0.3:80'] })
    await behind.register({ name: 'shop-b', id: 'b-1', endpoints: ['http://10.0.0.4:80'] })
    await told.includes('added shop-b/b-1')
    expect(told.lines).toEqual(['synced', 'added shop-b/b-1'])
  })

  it('says when the registry behind the server is away', async () => {
    await using away = await Client.open(patientTarget('etcd://127.0.0.1:1', { requestTimeout: 500 }))
    const logged: string[] = []
    const logger = { ...silent, warn: (message: string) => void logged.push(message) }
    await using other = await serve(away, { host: '127.0.0.1', port: 0, logger })
    await using client = await clientAt(other.port)
    await expect(client.find({})).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('the registry cannot be reached'),
    })
    expect(logged.join('\n')).toContain('127.0.0.1:1')
    await expect(client.backend.register({ name: 'x', id: 'x', endpoints: ['http://a:1'] }, {})).rejects.toMatchObject({
      code: expect.stringMatching(/^(unreachable|timeout)$/),
    })
  }, 30_000)
})

function seen(records: readonly RawRecord[], { backend }: Client): object[] {
  return records.map((record) => {
    const { id, service, revision, lease, body } = record
    return { id, service, revision, lease, body: Buffer.from(body as Uint8Array), reading: backend.read(record, 0) }
  })
}

function never(): never {
  throw new Error('there is no such record')
}
