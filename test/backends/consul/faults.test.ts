import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { Client, type KeepAliveEvent } from '../../../src/client/client.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { consul } from '../../../src/backends/consul/driver.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openAt, recordsOf } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }
const PAY = { name: 'pay', id: 'p-1', endpoints: ['grpc://10.0.0.2:9000'] }
const ONCE = { settings: { noChecks: true } }
const PATIENT = { timeout: 25_000, interval: 20 }

await describeWith('consul', 'a Consul that goes away', () => {
  let server: ConsulServer
  let client: Client
  let stop: AbortController
  beforeEach(async () => {
    server = await startConsul()
    client = await clientOf(server)
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const outages: readonly (readonly [string, () => Promise<void>, () => Promise<void>])[] = [
    ['stopped and started', () => server.stop(), () => server.start()],
    ['killed and started', () => server.kill(), () => server.start()],
    ['frozen', async () => server.freeze(), async () => server.thaw()],
  ]

  it.each(outages)('is watched through: %s', async (_, end, begin) => {
    await client.register(SRE, ONCE)
    const told = follow(client, stop.signal)
    await told.includes('snapshot sre/i-1', 'synced')
    await end()
    await told.includes('link down')
    await begin()
    await told.includes('link up')
    await eventually(() => client.register(PAY, ONCE), PATIENT)
    await told.includes('added pay/p-1')
    await told.lacks('removed sre/i-1', 'gap')
  })

  it('is watched through a restart with nothing left, when its index begins anew', async () => {
    await client.register(SRE, ONCE)
    await client.register(PAY, ONCE)
    const told = follow(client, stop.signal)
    await told.includes('synced')
    await server.restartEmpty()
    await told.includes('removed sre/i-1', 'removed pay/p-1')
    await eventually(() => client.register(SRE, ONCE), PATIENT)
    await told.includes('added sre/i-1')
  })

  it('is watched for one service alone, also while it comes up under a scheme of its own', async () => {
    const told = follow(client, stop.signal, ['sre'])
    await told.includes('synced')
    await client.register(
      { ...SRE, endpoints: [...SRE.endpoints, 'http://10.0.0.1:8000'] },
      { ...ONCE, layout: 'kratos-scheme' },
    )
    await told.includes('added sre/i-1')
    await client.register(PAY, ONCE)
    await server.restart()
    await told.includes('link up')
    await eventually(() => client.register({ ...SRE, id: 'i-2' }, ONCE), PATIENT)
    await told.includes('added sre/i-2')
    await told.lacks('added pay/p-1', 'removed sre/i-1')
  })

  it('keeps what is kept alive: through a restart that remembers it, and one that does not', async () => {
    const events: KeepAliveEvent['type'][] = []
    const kept = await client.keepAlive(SRE, {
      ttl: 2,
      onEvent: ({ type }) => void (type !== 'retrying' && events.push(type)),
    })
    await server.restart()
    // What its checks say depends on who answers at its addresses.
    await eventually(async () => expect((await statuses(client.backend)).join()).toMatch(/^sre\/i-1 \w+$/), PATIENT)
    expect(events).toEqual(['registered'])
    await server.restartEmpty()
    await eventually(() => expect(events).toEqual(['registered', 'lost', 'registered-again']), PATIENT)
    server.freeze()
    await expect(client.backend.register(PAY, ONCE)).rejects.toMatchObject({ code: 'timeout' })
    server.thaw()
    await kept[Symbol.asyncDispose]()
    // The agent may still carry out what nobody waits for any more.
    expect(await recordsOf(client.backend, { services: ['sre'] })).toEqual([])
  })

  it('is named when it does not answer', async () => {
    await server.stop()
    await expect(recordsOf(client.backend)).rejects.toMatchObject({
      code: 'unreachable',
      message: `consul: ${server.endpoint}: connection refused`,
    })
    await using two = await openAt(`consul://${server.endpoint},127.0.0.1:1`)
    await expect(recordsOf(two)).rejects.toMatchObject({
      code: 'unreachable',
      message: `consul: none of 2 agents can be used: ${server.endpoint}: connection refused; 127.0.0.1:1: connection refused`,
    })
  })

  it('is given up when the caller gives up', async () => {
    server.freeze()
    const reason = new Error('given up')
    const aborted = AbortSignal.abort(reason)
    const soon = new AbortController()
    setTimeout(() => soon.abort(reason), 50)
    for (const signal of [aborted, soon.signal])
      await expect(client.backend.register(SRE, { signal })).rejects.toBe(reason)
  })
})

await describeWith('consul', 'a Consul without a leader', () => {
  it('is named as such, and readers, a watch and who keeps alive go on with the next one', async () => {
    const autopilot = { server_stabilization_time: '100ms', cleanup_dead_servers: false }
    await using a = await startConsul({ config: { autopilot } })
    await using b = await startConsul({ join: a, config: { server: true } })
    await using c = await startConsul({ join: a, config: { server: true } })
    await expect.poll(() => voters(a), PATIENT).toBe(3)
    await using client = await clientOf(a)
    const events: KeepAliveEvent['type'][] = []
    await using kept = await client.keepAlive(SRE, {
      ttl: 2,
      onEvent: ({ type }) => void events.push(type),
    })
    expect(kept).toBeDefined()
    const stop = new AbortController()
    const told = follow(client, stop.signal)
    await told.includes('snapshot sre/i-1', 'synced')
    await Promise.all([b.kill(), c.kill()])
    await told.includes('link down')
    const message = `consul: ${a.endpoint}: its cluster has no leader`
    await eventually(
      () => expect(recordsOf(client.backend)).rejects.toMatchObject({ code: 'unreachable', message }),
      PATIENT,
    )
    await b.start()
    await told.includes('link up')
    await eventually(() => client.register(PAY, ONCE), PATIENT)
    await told.includes('added pay/p-1')
    await eventually(async () => expect(await statuses(client.backend)).toContain('sre/i-1 up'), PATIENT)
    expect(events).not.toContain('lost')
    stop.abort()
  })
})

describe('what is not Consul', () => {
  it.each([
    ['a web server', () => createHttpServer((_, answer) => answer.end('<html>')), 'the response is not from Consul'],
    [
      'a web server without such pages',
      () => createHttpServer((_, answer) => answer.writeHead(404).end('nothing here')),
      'the response is not from Consul',
    ],
    [
      'another protocol',
      () => createServer((socket) => socket.end('SSH-2.0-x\r\n')),
      'the response is not from Consul',
    ],
  ])('%s', async (_, create, message) => {
    const other = create()
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const backend = await openAt(`consul://127.0.0.1:${port}`)
    const error: unknown = await recordsOf(backend).catch((thrown: unknown) => thrown)
    await backend[Symbol.asyncDispose]()
    other.close()
    expect(error).toMatchObject({ code: 'wrong-server', message: expect.stringContaining(message) })
  })
})

async function clientOf(server: ConsulServer): Promise<Client> {
  const url = parseRegistryUrl(`consul://${server.endpoint}`)
  return await Client.open(consul.parse(url, { requestTimeout: 500, aioTtl: 30_000 }, {}))
}

async function statuses(backend: Backend): Promise<string[]> {
  return (await recordsOf(backend)).map((record) => {
    const reading = backend.read(record, Date.now())
    return reading.is === 'instance'
      ? `${reading.instance.name}/${reading.instance.id} ${reading.observed.status}`
      : reading.is
  })
}

/** Follows a watch in the background; its events in short words. */
function follow(client: Client, signal: AbortSignal, services?: readonly string[]) {
  const words: string[] = []
  const run = async () => {
    for await (const event of client.watch(services ? { services } : {}, { signal })) words.push(inWords(event))
  }
  const done = run()
  done.catch((error: unknown) => words.push(String(error)))
  return {
    includes: (...wanted: string[]) => eventually(() => expect(words).toEqual(expect.arrayContaining(wanted)), PATIENT),
    lacks: async (...unwanted: string[]) => expect(words.filter((word) => unwanted.includes(word))).toEqual([]),
  }
}

function inWords(event: WatchEvent): string {
  if (event.type === 'link') return `link ${event.state}`
  return 'entry' in event ? `${event.type} ${event.entry.service}/${event.entry.instance.id}` : event.type
}

async function voters(server: ConsulServer): Promise<number> {
  interface Configuration {
    readonly Servers: readonly { readonly Voter: boolean }[]
  }
  const { Servers } = await server.api<Configuration>('GET', '/v1/operator/raft/configuration')
  return Servers.filter(({ Voter }) => Voter).length
}
