import { afterEach, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import type { WaitCondition } from '../../../src/client/wait/condition.ts'
import { wait } from '../../../src/client/wait/wait.ts'
import { type Logger, silent } from '../../../src/model/logger.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import type { Outcome } from '../../../src/model/record.ts'
import { ServiceInstance } from '../../../src/model/instance.ts'
import { generateInstanceId } from '../../../src/model/instance-id.ts'
import { AioServer, type AioServerOptions } from './aio-server.ts'
import { PATIENT, patientTarget } from '../../patience.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
})

async function ground(options: AioServerOptions = {}, logger?: Logger): Promise<{ server: AioServer; client: Client }> {
  const server = await AioServer.start(options)
  open.push(server)
  const client = await Client.open(patientTarget(server.url, options), { logger })
  open.push(client)
  return { server, client }
}

async function listed(client: Client): Promise<string[]> {
  const all: string[] = []
  for await (const entry of client.entries())
    if (entry.is === 'instance') all.push(`${entry.service}/${entry.instance.id} ${entry.observed.status}`)
  return all
}

async function outcomesOf(outcomes: AsyncIterable<Outcome> | Promise<Outcome[]>): Promise<string[]> {
  const all: Outcome[] = []
  for await (const outcome of outcomes instanceof Promise ? await outcomes : outcomes) all.push(outcome)
  return all.map(({ id, result }) => `${id} ${result}`)
}

const address = '10.0.0.9:8080'
const id = generateInstanceId('mail', [`http://${address}`])
const mail = ServiceInstance.from({ name: 'mail', id, endpoints: [`http://${address}`] })

it('lists every instance, whatever its status, service by service', async () => {
  const { server, client } = await ground()
  server.put('sre', 'sre-2', { status: 'inactive' })
  server.put('mail', 'mail-1')
  server.put('sre', 'sre-1', { last_renew_time: new Date(Date.now() - 2 * PATIENT.aioTtl).toISOString() })
  expect(await listed(client)).toEqual(['mail/mail-1 up', 'sre/sre-1 expired', 'sre/sre-2 down'])
  expect((await client.find({ service: 'sre', id: 'sre-2' }))[0]).toMatchObject({
    instance: { name: 'sre', endpoints: ['http://10.0.0.1:80'] },
    observed: { status: 'down', weight: 100, env: 'all', layout: 'aio' },
  })
})

it('says that it sees only what is up where the statistics name no instances, which hides nothing that is up', async () => {
  const warned: string[] = []
  const logger = { ...silent, warn: (message: string) => void warned.push(message) }
  const { server, client } = await ground({ onlyCounts: true }, logger)
  server.put('sre', 'sre-1')
  server.put('sre', 'sre-2', { status: 'inactive' })
  expect(await listed(client)).toEqual(['sre/sre-1 up'])
  expect(warned).toEqual(['this server lists only the instances that are up'])
  const condition: WaitCondition = {
    scope: { services: ['sre'] },
    services: [{ name: 'sre', test: () => true }],
    statuses: ['up'],
    min: 0,
    max: 1,
  }
  const state = await wait(client, condition, { timeout: 0 })
  expect(state).toMatchObject({ services: [{ counted: 1 }], failed: undefined })
})

it('believes the status of a server that does not say when an instance was renewed', async () => {
  const { server, client } = await ground({ asDocumented: true })
  server.put('sre', 'sre-1', { register_time: '2023-10-27T10:00:00Z' })
  server.put('sre', 'sre-2', { register_time: '2023-10-27T10:00:00Z', status: 'maintenance' })
  expect(await listed(client)).toEqual(['sre/sre-1 up', 'sre/sre-2 maintenance'])
})

it('registers an address once, renews it, and says when it is held otherwise', async () => {
  const { client } = await ground()
  expect((await client.register(mail)).action).toBe('created')
  const again = await client.register(mail)
  expect(again.action).toBe('renewed')
  expect(again.records.map((record) => record.id)).toEqual([`mail/${id}`])
  const other = { ...mail, metadata: { zone: 'b' } }
  await expect(client.register(other)).rejects.toMatchObject({ code: 'conflict' })
  expect((await client.register(other, { replace: true })).action).toBe('replaced')
  expect(await again.beat?.()).toBe('lost')
  await again[Symbol.asyncDispose]()
  expect(await listed(client)).toEqual([`mail/${id} up`])
  await expect(client.register(mail, { ttl: 5 })).rejects.toMatchObject({ code: 'usage' })
})

it('tells the id that the server gave', async () => {
  const { client } = await ground()
  const registration = await client.register({ ...mail, id: 'mine' })
  expect(registration.records.map((record) => record.id)).toEqual([`mail/${id}`])
  await registration[Symbol.asyncDispose]()
  expect(await listed(client)).toEqual([])
})

it('keeps alive, and registers again what the server has lost', async () => {
  const { server } = await ground()
  const client = await Client.open(patientTarget(server.url, { aioTtl: 6_000 }))
  open.push(client)
  const events: string[] = []
  await using kept = await client.keepAlive(mail, { onEvent: ({ type }) => void events.push(type) })
  server.stored.clear()
  await expect.poll(() => events).toEqual(['registered', 'lost', 'registered-again'])
  expect(kept.registration.beatEvery).toBe(2_000)
})

it('takes out of traffic only where the server can, and puts back by a renewal', async () => {
  const { server, client } = await ground()
  server.put('sre', 'sre-1', { status: 'inactive' })
  const records = async () => (await client.find({ id: 'sre-1' })).flatMap((entry) => entry.records)
  const [outcome] = await client.setStatus(await records(), 'down')
  expect(outcome).toMatchObject({ result: 'unsupported', error: { code: 'unsupported' } })
  expect(await outcomesOf(client.setStatus(await records(), 'up'))).toEqual(['sre/sre-1 done'])
  expect(await listed(client)).toEqual(['sre/sre-1 up'])
})

it('changes what is as it was seen, and nothing else', async () => {
  const { server, client } = await ground()
  for (const each of ['a', 'b', 'c']) server.put('sre', `sre-${each}`, { address: `10.0.0.1:${each.charCodeAt(0)}` })
  const seen = (await client.find({ service: 'sre' })).flatMap((entry) => entry.records)
  server.put('sre', 'sre-a', { address: '10.0.0.2:80' })
  server.stored.delete('sre-b')
  const results = ['sre/sre-a changed', 'sre/sre-b absent', 'sre/sre-c done']
  expect(await outcomesOf(client.renew(seen))).toEqual(results)
  const now = (await client.find({ service: 'sre', id: 'sre-c' })).flatMap((entry) => entry.records)
  expect(await outcomesOf(client.remove([...seen.slice(0, 2), ...now]))).toEqual(results)
  expect(await listed(client)).toEqual(['sre/sre-a up'])
})

it('removes nothing whose id the server could take for another', async () => {
  const { server, client } = await ground({ substrings: true })
  server.put('sre', 'sre-10')
  server.put('sre', 'sre-1')
  server.put('sre', 'sre-2')
  const seen = (await client.find({ service: 'sre' })).flatMap((entry) => entry.records)
  const small = seen.filter((record) => record.id === 'sre/sre-1')
  expect(await outcomesOf(client.renew(small))).toEqual(['sre/sre-1 done'])
  const outcomes: Outcome[] = []
  for await (const outcome of client.remove(seen)) outcomes.push(outcome)
  expect(Object.fromEntries(outcomes.map((outcome) => [outcome.id, outcome.result]))).toEqual({
    'sre/sre-1': 'failed',
    'sre/sre-10': 'done',
    'sre/sre-2': 'done',
  })
  expect(outcomes.find(({ error }) => error)?.error).toMatchObject({ code: 'refused' })
  expect([...server.stored.keys()]).toEqual(['sre-1'])
})

it('is watched by asking again', async () => {
  const { server, client } = await ground()
  server.put('sre', 'sre-1')
  const stop = new AbortController()
  const told: string[] = []
  const tell = (event: WatchEvent): void =>
    void told.push('entry' in event ? `${event.type} ${event.entry.instance.id}` : event.type)
  const done = (async () => {
    for await (const event of client.watch({}, { signal: stop.signal })) tell(event)
  })()
  await expect.poll(() => told).toEqual(['snapshot sre-1', 'synced'])
  server.put('mail', 'mail-1')
  server.stored.delete('sre-1')
  await expect.poll(() => told.slice(2).toSorted(), { timeout: 10_000 }).toEqual(['added mail-1', 'removed sre-1'])
  stop.abort()
  await done
})

it('shows its token, and says when that is wrong', async () => {
  const { client } = await ground({ token: 'hush' })
  expect(await listed(client)).toEqual([])
  const { url } = client.target
  const server = `${url.scheme}://${url.hosts.join(',')}`
  await expect(Client.open(patientTarget(server))).rejects.toMatchObject({ code: 'unauthenticated' })
  await expect(Client.open(patientTarget(server, { token: 'no' }))).rejects.toMatchObject({ code: 'unauthenticated' })
})

it('refuses what it cannot, with a way out', async () => {
  const { client } = await ground()
  await expect(client.renewLease('12')).rejects.toMatchObject({ code: 'unsupported', hint: expect.any(String) })
  expect(() => client.restore([])).toThrow(expect.objectContaining({ code: 'unsupported', hint: expect.any(String) }))
  await expect(client.watch({}, { since: '1' })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'unsupported',
  })
})
