import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { targetFrom } from '../../../src/config/target.ts'
import { generateInstanceId } from '../../../src/model/instance-id.ts'
import { silent } from '../../../src/model/logger.ts'
import type { Outcome, RawRecord } from '../../../src/model/record.ts'
import { AioServer } from './aio-server.ts'

const ADDRESS = '10.0.0.9:8080'
const ENDPOINTS = [`http://${ADDRESS}`]
/** The id that the server derives. */
const OWN = generateInstanceId('mail', ENDPOINTS)
const MAIL = { name: 'mail', id: 'm-1', endpoints: ENDPOINTS }
const REPLACE = { replace: true } as const

let server: AioServer
let client: Client
const warned: string[] = []
beforeEach(async () => {
  server = await AioServer.start()
  const logger = { ...silent, warn: (message: string) => void warned.push(message) }
  client = await Client.open(targetFrom(server.url), { logger })
  warned.length = 0
})
afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const stored = () => [...server.stored.keys()].toSorted()
const sent = (method: string) => server.requests.filter((request) => request.startsWith(`${method} `))
const refuse = (method: string, id = '') => {
  server.fault = (request) => (request.startsWith(method) && request.endsWith(id) ? 'refused' : undefined)
}

async function recordsOf(service: string): Promise<RawRecord[]> {
  return (await client.find({ service })).flatMap(({ records }) => records)
}

async function outcomesOf(outcomes: AsyncIterable<Outcome>): Promise<Outcome[]> {
  const all: Outcome[] = []
  for await (const outcome of outcomes) all.push(outcome)
  return all
}

describe('a registration that cannot be finished', () => {
  it('leaves what it was to replace when the server refuses to register', async () => {
    server.put('mail', 'm-1', { address: '10.0.0.1:1' })
    refuse('POST')
    await expect(client.register(MAIL, REPLACE)).rejects.toMatchObject({ code: 'forbidden' })
    expect(stored()).toEqual(['m-1'])
    expect(sent('DELETE')).toEqual([])
  })

  it('is taken back when what it was to replace cannot be removed', async () => {
    server.put('mail', 'm-1', { address: '10.0.0.1:1' })
    refuse('DELETE', '/m-1')
    await expect(client.register(MAIL, REPLACE)).rejects.toMatchObject({ code: 'forbidden' })
    expect(stored()).toEqual(['m-1'])
    expect(sent('DELETE')).toEqual(['DELETE /registry/services/m-1', `DELETE /registry/services/${OWN}`])
  })

  it('reports the first error when it cannot be taken back either, and warns', async () => {
    server.put('mail', 'm-1', { address: '10.0.0.1:1' })
    refuse('DELETE')
    await expect(client.register(MAIL, REPLACE)).rejects.toThrow('http: no permission to remove mail/m-1: not allowed')
    expect(warned).toEqual([`AIO may still hold what was to be taken back: mail/${OWN}`])
  })

  it('is taken back when its answer never came, although the id that the server gave it is not known', async () => {
    server.fault = (request) => (request.startsWith('POST') ? 'answer lost' : undefined)
    await expect(client.backend.register(MAIL, {})).rejects.toMatchObject({ code: 'unreachable' })
    expect(sent('DELETE')).toEqual([`DELETE /registry/services/${OWN}`])
    expect(stored()).toEqual([])
  })

  it('is taken back when the caller gives up, with the reason', async () => {
    const caller = new AbortController()
    const reason = new Error('given up')
    server.put('mail', 'm-1', { address: '10.0.0.1:1' })
    server.fault = (request) => {
      if (request === 'GET /registry/services/m-1') caller.abort(reason)
      return undefined
    }
    await expect(client.backend.register(MAIL, { ...REPLACE, signal: caller.signal })).rejects.toBe(reason)
    expect(sent('POST')).toHaveLength(1)
    expect(stored()).toEqual(['m-1'])
  })

  it('leaves a dead instance that it was to take the place of, when its answer never came', async () => {
    server.put('mail', OWN, { address: ADDRESS, status: 'inactive' })
    server.fault = (request) => (request.startsWith('POST') ? 'lost' : undefined)
    await expect(client.backend.register(MAIL, {})).rejects.toMatchObject({ code: 'unreachable' })
    expect(stored()).toEqual([OWN])
  })
})

it('removes what has the address under another id than the server gives', async () => {
  server.put('mail', 'by-hand', { address: ADDRESS, metadata: { zone: 'b' } })
  await expect(client.register(MAIL)).rejects.toMatchObject({
    code: 'conflict',
    message: 'mail/m-1 is already registered with different data: mail/by-hand',
  })
  const { action, records } = await client.register(MAIL, REPLACE)
  expect({ action, ids: records.map(({ id }) => id) }).toEqual({ action: 'replaced', ids: [`mail/${OWN}`] })
  expect(stored()).toEqual([OWN])
})

it('puts an instance back into traffic when it is registered: what is down cannot be told from the dead', async () => {
  await client.register(MAIL)
  const own = server.stored.get(OWN) ?? {}
  server.put('mail', OWN, { ...own, status: 'inactive' })
  expect((await client.register(MAIL)).action).toBe('replaced')
  expect(server.stored.get(OWN)).toMatchObject({ status: 'active' })
})

it('ends the whole change when the server no longer answers', async () => {
  for (let at = 0; at < 200; at += 1) server.put('sre', `sre-${1_000 + at}`, { address: `10.0.0.1:${1_000 + at}` })
  const records = await recordsOf('sre')
  server.fault = (request) => (request.startsWith('DELETE') ? 'lost' : undefined)
  const results = (await outcomesOf(client.remove(records))).map(({ result }) => result)
  expect(new Set(sent('DELETE')).size).toBe(16)
  expect(results).toEqual([...Array(16).fill('in-doubt'), ...Array(184).fill('not-attempted')])
  server.fault = () => 'lost'
  const renewed = (await client.renew(records)).map(({ result }) => result)
  expect(renewed).toEqual(Array(200).fill('not-attempted'))
  expect(sent('PUT')).toEqual([])
})

it('removes nothing more once the caller gives up', async () => {
  for (let at = 0; at < 50; at += 1) server.put('sre', `sre-${1_000 + at}`, { address: `10.0.0.1:${1_000 + at}` })
  const records = await recordsOf('sre')
  const caller = new AbortController()
  const reason = new Error('given up')
  server.fault = (request) => {
    if (request.startsWith('DELETE')) caller.abort(reason)
    return undefined
  }
  await expect(outcomesOf(client.remove(records, { signal: caller.signal }))).rejects.toBe(reason)
  expect(sent('DELETE').length).toBeLessThanOrEqual(16)
})

it('says what became of each record when the server refuses one', async () => {
  for (const id of ['sre-a', 'sre-b', 'sre-c']) server.put('sre', id, { address: `10.0.0.1:${id.charCodeAt(4)}` })
  const records = await recordsOf('sre')
  refuse('DELETE', '/sre-b')
  const outcomes = await outcomesOf(client.remove(records))
  expect(outcomes.map(({ id, result }) => `${id} ${result}`)).toEqual([
    'sre/sre-a done',
    'sre/sre-b failed',
    'sre/sre-c done',
  ])
  const foreign = { id: 'dc1/node-a/web', service: 'web', body: { id: 'web' }, revision: '1' }
  expect(await outcomesOf(client.remove([foreign]))).toMatchObject([
    { result: 'unsupported', error: { message: 'dc1/node-a/web is not a record of AIO' } },
  ])
})
