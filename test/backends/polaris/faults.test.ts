import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Client, KeepAliveEvent } from '../../../src/client/client.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { type PolarisServer, startPolaris } from '../../servers/polaris/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { clientAt, entriesOf, openAt, recordsOf } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'] }
const PAY = { name: 'pay', id: 'p-1', endpoints: ['grpc://10.0.0.2:9000'] }
const LONG = { ttl: 60 }
const PATIENT = { timeout: 40_000, interval: 50 }

await describeWith('polaris', 'a Polaris that goes away', () => {
  let server: PolarisServer
  let client: Client
  let stop: AbortController
  beforeEach(async () => {
    server = await startPolaris()
    client = await clientAt(`polaris://${server.endpoint}`, { requestTimeout: 1_000, token: server.token })
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const outages: readonly (readonly [string, () => Promise<void>, () => Promise<void>])[] = [
    ['killed and started', () => server.kill(), () => server.restart()],
    ['frozen', async () => server.freeze(), async () => server.thaw()],
  ]

  it.each(outages)(
    'is watched through: %s',
    async (_, end, begin) => {
      await client.register(SRE, LONG)
      const told = follow(client, stop.signal)
      await told.includes('snapshot sre/i-1', 'synced')
      await end()
      await told.includes('link down')
      await begin()
      await told.includes('link up')
      await eventually(() => client.register(PAY, LONG), PATIENT)
      await told.includes('added pay/p-1')
      await told.lacks('removed sre/i-1', 'gap')
    },
    90_000,
  )

  it('keeps what is kept alive through a restart, and again when somebody removed it', async () => {
    const events: KeepAliveEvent['type'][] = []
    const onEvent = ({ type }: KeepAliveEvent) => void (type !== 'retrying' && events.push(type))
    const kept = await client.keepAlive(SRE, { ttl: 2, onEvent })
    await server.restart()
    await eventually(async () => expect(await statuses(client)).toEqual(['sre/i-1 up']), PATIENT)
    for await (const outcome of client.remove(await recordsOf(client.backend))) expect(outcome.result).toBe('done')
    await eventually(() => expect(events).toContain('registered-again'), PATIENT)
    expect(await statuses(client)).toEqual(['sre/i-1 up'])
    await kept[Symbol.asyncDispose]()
    expect(await statuses(client)).toEqual([])
  }, 90_000)

  it('calls unhealthy, and dead, what nobody keeps alive; an isolated one is kept', async () => {
    await client.register({ ...SRE, id: 'gone', endpoints: ['grpc://10.0.0.3:1'] }, { ttl: 2 })
    await client.register(PAY, { ttl: 2 })
    const isolated = await recordsOf(client.backend, { services: ['pay'] })
    expect(await client.setStatus(isolated, 'down')).toEqual([{ id: isolated[0]?.id, result: 'done' }])
    await eventually(
      async () => expect(await statuses(client)).toEqual(['pay/p-1 down', 'sre/gone unhealthy']),
      PATIENT,
    )
    const entries = await entriesOf(client)
    expect(entries.map((entry) => client.backend.whyDead(entry, Date.now()) !== undefined)).toEqual([false, true])
    const again = await client.register({ ...SRE, id: 'gone', endpoints: ['grpc://10.0.0.3:2'] }, LONG)
    expect(again.action).toBe('replaced')
    expect(await statuses(client)).toEqual(['pay/p-1 down', 'sre/gone up'])
  }, 90_000)

  it('is named when it does not answer, and another of several is asked', async () => {
    await using two = await openAt(`polaris://127.0.0.1:1,${server.endpoint}`)
    expect(await recordsOf(two)).toEqual([])
    await server.kill()
    await expect(recordsOf(client.backend)).rejects.toMatchObject({
      code: 'unreachable',
      message: `polaris: ${server.endpoint}: connection refused`,
    })
    await expect(recordsOf(two)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('polaris: none of 2 servers can be used: '),
    })
  })

  it('is given up when the caller gives up', async () => {
    server.freeze()
    const reason = new Error('given up')
    const soon = new AbortController()
    setTimeout(() => soon.abort(reason), 50)
    for (const signal of [AbortSignal.abort(reason), soon.signal])
      await expect(client.backend.register(SRE, { signal })).rejects.toBe(reason)
    await expect(recordsOf(client.backend)).rejects.toMatchObject({ code: 'timeout' })
  })
})

await describeWith('polaris', 'a Polaris whose cache does not hear of removals', () => {
  it('is made to hear of them', async () => {
    await using server = await startPolaris({ hears: '1s' })
    await using client = await clientAt(`polaris://${server.endpoint}`)
    await client.register(SRE, { ttl: null })
    await client.register(PAY, { ttl: null })
    const old = Date.now() + 5_000
    await eventually(() => expect(Date.now()).toBeGreaterThan(old), PATIENT)
    const records = await recordsOf(client.backend, { services: ['sre'] })
    const results = new Set<string>()
    for await (const { result } of client.remove(records)) results.add(result)
    expect(results).toEqual(new Set(['done']))
    expect(await statuses(client)).toEqual(['pay/p-1 up'])
  })
})

describe('what is no Polaris', () => {
  it.each([
    ['a web server', () => createHttpServer((_, answer) => answer.end('<html>')), 'the response is not from Polaris'],
    [
      'another API',
      () => createHttpServer((_, answer) => answer.writeHead(404).end('{"code":404}')),
      'the response is not from Polaris',
    ],
    [
      'another protocol',
      () => createServer((socket) => socket.end('SSH-2.0-x\r\n')),
      'the response is not from Polaris',
    ],
  ])('%s', async (_, create, message) => {
    const other = create()
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const backend = await openAt(`polaris://127.0.0.1:${port}`)
    const error: unknown = await recordsOf(backend).catch((thrown: unknown) => thrown)
    await backend[Symbol.asyncDispose]()
    other.close()
    expect(error).toMatchObject({ code: 'wrong-server', message: expect.stringContaining(message) })
  })
})

async function statuses(client: Client): Promise<string[]> {
  const entries = await entriesOf(client)
  return entries.map(({ instance: { name, id }, observed }) => `${name}/${id} ${observed.status}`)
}

/** Follows a watch in the background; its events in short words. */
function follow(client: Client, signal: AbortSignal) {
  const words: string[] = []
  const run = async () => {
    for await (const event of client.watch({}, { signal })) words.push(inWords(event))
  }
  run().catch((error: unknown) => words.push(String(error)))
  return {
    includes: (...wanted: string[]) => eventually(() => expect(words).toEqual(expect.arrayContaining(wanted)), PATIENT),
    lacks: async (...unwanted: string[]) => expect(words.filter((word) => unwanted.includes(word))).toEqual([]),
  }
}

function inWords(event: WatchEvent): string {
  if (event.type === 'link') return `link ${event.state}`
  return 'entry' in event ? `${event.type} ${event.entry.service}/${event.entry.instance.id}` : event.type
}
