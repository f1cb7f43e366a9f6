import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Client, KeepAliveEvent } from '../../../src/client/client.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { clientAt, listed, openAt, recordsOf } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'] }
const PAY = { name: 'pay', id: 'p-1', endpoints: ['grpc://10.0.0.2:9000'] }
const PATIENT = { timeout: 90_000, interval: 100 }

await describeWith('eureka', 'a Eureka that goes away', () => {
  let server: EurekaServer
  let client: Client
  let stop: AbortController
  beforeAll(async () => {
    server = await startEureka()
  }, 600_000)
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    client = await clientAt(`eureka://${server.endpoint}`, { requestTimeout: 2_000 })
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await client[Symbol.asyncDispose]()
  })

  it('is watched while it is frozen, and misses nothing', async () => {
    await client.register(SRE)
    const told = follow(client, stop.signal)
    await told.includes('snapshot sre/i-1', 'synced')
    server.freeze()
    await told.includes('link down')
    server.thaw()
    await told.includes('link up')
    await eventually(() => client.register(PAY), PATIENT)
    await told.includes('added pay/p-1')
    told.lacks('removed sre/i-1', 'gap')
  }, 600_000)

  it('has forgotten everything when it is started again; what is kept alive comes back, the rest is told as removed', async () => {
    const events: KeepAliveEvent['type'][] = []
    const onEvent = ({ type }: KeepAliveEvent) => void (type !== 'retrying' && events.push(type))
    const kept = await client.keepAlive(
      { ...SRE, id: 'kept', endpoints: ['grpc://10.0.0.5:9000'] },
      { ttl: 3, onEvent },
    )
    await client.register({ ...PAY, id: 'p-2', endpoints: ['grpc://10.0.0.6:9000'] })
    const told = follow(client, stop.signal)
    await told.includes('snapshot sre/kept', 'snapshot pay/p-2')
    await server.kill()
    await told.includes('link down')
    await server.restart()
    await told.includes('link up', 'removed pay/p-2')
    await eventually(async () => expect(await listed(client)).toEqual(['sre/kept up']), PATIENT)
    await eventually(() => expect(events).toContain('registered-again'), PATIENT)
    for await (const outcome of client.remove(await recordsOf(client.backend))) expect(outcome.result).toBe('done')
    await eventually(async () => expect(await listed(client)).toEqual(['sre/kept up']), PATIENT)
    await kept[Symbol.asyncDispose]()
    expect(await listed(client)).toEqual([])
  }, 600_000)

  it('is named when it does not answer, and another of several is asked', async () => {
    await using two = await openAt(`eureka://127.0.0.1:1,${server.endpoint}`)
    expect(await recordsOf(two)).toEqual(await recordsOf(client.backend))
    await using none = await openAt('eureka://127.0.0.1:1,127.0.0.1:2')
    await expect(recordsOf(none)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('eureka: none of 2 peers can be used: 127.0.0.1:1: connection refused'),
    })
    await using elsewhere = await openAt(`eureka://${server.endpoint}/nowhere`)
    await expect(recordsOf(elsewhere)).rejects.toMatchObject({
      code: 'wrong-server',
      message: `eureka: ${server.endpoint}: the response is not from Eureka: HTTP 404`,
      hint: expect.stringContaining('/eureka/v2'),
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
    server.thaw()
  })
})

describe('what is no Eureka', () => {
  it.each([
    ['a web server', () => createHttpServer((_, answer) => answer.end('<html>')), 'it is not JSON'],
    ['another API', () => createHttpServer((_, answer) => answer.writeHead(404).end('{"code":404}')), 'HTTP 404'],
    ['another protocol', () => createServer((socket) => socket.end('SSH-2.0-x\r\n')), 'it does not speak HTTP/1.1'],
  ])('%s', async (_, create, message) => {
    const other = create()
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const backend = await openAt(`eureka://127.0.0.1:${port}`)
    const error: unknown = await recordsOf(backend).catch((thrown: unknown) => thrown)
    await backend[Symbol.asyncDispose]()
    other.close()
    expect(error).toMatchObject({ code: 'wrong-server', message: expect.stringContaining(message) })
  })
})

/** Follows a watch in the background; its events in short words. */
function follow(client: Client, signal: AbortSignal) {
  const words: string[] = []
  const run = async () => {
    for await (const event of client.watch({}, { signal })) words.push(inWords(event))
  }
  run().catch((error: unknown) => words.push(String(error)))
  return {
    includes: (...wanted: string[]) => eventually(() => expect(words).toEqual(expect.arrayContaining(wanted)), PATIENT),
    lacks: (...unwanted: string[]) => expect(words.filter((word) => unwanted.includes(word))).toEqual([]),
  }
}

function inWords(event: WatchEvent): string {
  if (event.type === 'link') return `link ${event.state}`
  return 'entry' in event ? `${event.type} ${event.entry.service}/${event.entry.instance.id}` : event.type
}
