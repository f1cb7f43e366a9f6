import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FetchFailure, registryFetch, type RegistryFetchOptions } from '../../src/fetch/index.ts'
import { type Registry, connect } from '../../src/index.ts'
import { testRegistry } from '../../src/testing/index.ts'
import { silentlyWatching } from '../client/clients.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** An HTTP server that answers with its id, or as it is told. */
class Shop {
  readonly id: string
  readonly port: number
  calls = 0
  answer: Answer = (request, response, body) =>
    response.end(`${this.id} ${request.method} ${request.url} ${body}`.trim())
  readonly #server: Server

  private constructor(id: string, server: Server) {
    this.id = id
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async start(id: string): Promise<Shop> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const shop = new Shop(id, server)
    server.on('request', (request, response) => {
      shop.calls += 1
      void text(request).then(
        (body) => shop.answer(request, response, body),
        () => {},
      )
    })
    return shop
  }

  get instance() {
    return { name: 'shop', id: this.id, endpoints: ['grpc://127.0.0.1:1', `http://127.0.0.1:${this.port}`] }
  }

  /** At once, with its connections, as a process that is killed. */
  kill(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

let [a, b]: [Shop, Shop] = [undefined as never, undefined as never]
beforeEach(async () => {
  ;[a, b] = [await Shop.start('a'), await Shop.start('b')]
})
afterEach(() => [a, b].forEach((shop) => shop.kill()))

async function memory(options: RegistryFetchOptions = {}) {
  const server = await testRegistry()
  const registry = await server.connect()
  await registerBoth(registry)
  const fetch = registryFetch(registry, options)
  const end = async () => {
    await fetch[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
  return { server, registry, fetch, [Symbol.asyncDispose]: end }
}

async function registerBoth(registry: Registry): Promise<void> {
  for (const { instance } of [a, b]) await registry.register(instance, { keepAlive: false, ttl: null })
}

const URL_ = 'rollcall:///shop/v1/items?limit=3'
const refuse: Answer = (_request, response) => response.writeHead(503).end('later')
const hangUp: Answer = (request) => request.socket.destroy()

async function bodyOf(response: Response): Promise<string> {
  return `${response.status} ${await response.text()}`
}

describe('a fetch by the name of a service', () => {
  it.each([URL_, 'discovery:///shop/v1/items?limit=3', new URL(URL_), new Request(URL_)])(
    'sends it to an instance, in turn: %s',
    async (input) => {
      await using ground = await memory()
      const answers = [await ground.fetch(input), await ground.fetch(input)]
      expect(await Promise.all(answers.map(bodyOf))).toEqual([
        '200 a GET /v1/items?limit=3',
        '200 b GET /v1/items?limit=3',
      ])
    },
  )

  it('passes on method, headers and body', async () => {
    await using ground = await memory()
    a.answer = (request, response, body) =>
      response.end(`${request.method} ${String(request.headers['x-user'])} ${body}`)
    const request = { method: 'POST', headers: { 'x-user': 'ann' }, body: JSON.stringify({ item: 7 }) }
    expect(await bodyOf(await ground.fetch('rollcall:///shop/', request))).toBe('200 POST ann {"item":7}')
  })

  it('goes on with the other server when one is killed while the registry is away', async () => {
    await using ground = await memory()
    await ground.fetch(URL_)
    ground.server.goAway()
    await failOver(ground.fetch)
  })

  it.each([
    ['an answer 503', refuse],
    ['a connection that breaks', hangUp],
    ['silence', () => {}],
  ] as [string, Answer][])('tries the next instance after %s, and reports that', async (_what, answer) => {
    const failures: FetchFailure[] = []
    await using ground = await memory({ timeout: 300, onFailure: (failure) => failures.push(failure) })
    a.answer = answer
    expect(await bodyOf(await ground.fetch(URL_, { method: 'PUT', body: 'x' }))).toBe('200 b PUT /v1/items?limit=3 x')
    const url = `http://127.0.0.1:${a.port}/v1/items`
    expect(failures).toEqual([
      { service: 'shop', instance: expect.objectContaining({ id: 'a' }), url, error: expect.any(Error) },
    ])
  })

  it('sends nothing twice that may not be repeated, unless nothing was sent, or it has a key', async () => {
    await using ground = await memory()
    a.answer = hangUp
    const post = { method: 'POST', body: 'x' }
    await expect(ground.fetch(URL_, post)).rejects.toThrow('fetch failed')
    expect([a.calls, b.calls]).toEqual([1, 0])
    await ground.fetch(URL_) // b's turn
    expect(await bodyOf(await ground.fetch(URL_, { ...post, headers: { 'Idempotency-Key': '1' } }))).toContain(
      '200 b POST',
    )
    await ground.fetch(URL_)
    a.kill()
    for (let at = 0; at < 6; at++) expect(await bodyOf(await ground.fetch(URL_, post))).toContain('200 b POST')
  })

  it('returns the answer of the last instance when none does better', async () => {
    await using ground = await memory()
    ;[a.answer, b.answer] = [refuse, refuse]
    expect(await bodyOf(await ground.fetch(URL_))).toBe('503 later')
    expect([a.calls, b.calls]).toEqual([1, 1])
  })

  it('ends with the signal of the caller, and tries nothing else', async () => {
    await using ground = await memory()
    const stop = new AbortController()
    a.answer = () => stop.abort(new Error('enough'))
    await expect(ground.fetch(URL_, { signal: stop.signal })).rejects.toThrow('enough')
    expect(b.calls).toBe(0)
  })

  it('ends a request that waits for the first list when it is closed', async () => {
    const closed = registryFetch({ client: silentlyWatching() })
    const waiting = closed('rollcall:///shop/a')
    await Promise.all([closed[Symbol.asyncDispose](), expect(waiting).rejects.toThrow('this fetch was closed')])
    await expect(closed('rollcall:///shop/a')).rejects.toThrow('this fetch was closed')
  })

  it('fetches other URLs as they are', async () => {
    await using ground = await memory()
    expect(await bodyOf(await ground.fetch(`http://127.0.0.1:${b.port}/plain`))).toBe('200 b GET /plain')
  })

  const unnamed = ['rollcall://shop/v1', 'rollcall:///', 'rollcall:/', 'rollcall:///%zz/v1']
  it.each(unnamed)('refuses %s, which names no service', async (url) => {
    await using ground = await memory()
    await expect(ground.fetch(url)).rejects.toMatchObject({ code: 'usage' })
  })

  it('rejects with the error of the registry while there is no list yet, and reads again the next time', async () => {
    await using ground = await memory()
    ground.server.goAway()
    await expect(ground.fetch(URL_)).rejects.toMatchObject({ code: 'unreachable' })
    ground.server.comeBack()
    expect((await ground.fetch(URL_)).status).toBe(200)
    await expect(ground.fetch('rollcall:///nobody/')).rejects.toMatchObject({ code: 'not-found' })
    await ground.fetch[Symbol.asyncDispose]()
    await expect(ground.fetch(URL_)).rejects.toMatchObject({ code: 'interrupted' })
  })
})

await describeWith('etcd', 'a fetch by the name of a service, with etcd', () => {
  it('goes on with the other server when one is killed while etcd is down', async () => {
    await using etcd = await startEtcd()
    await using registry = await connect(`etcd://${etcd.endpoint}`)
    await registerBoth(registry)
    await using fetch = registryFetch(registry)
    await fetch(URL_)
    await etcd.kill()
    await failOver(fetch)
  })
})

/** Kills a server in the middle of many requests: all of them must succeed. */
async function failOver(fetch: (url: string) => Promise<Response>): Promise<void> {
  const some = async () => {
    for (let at = 0; at < 10; at++) expect((await fetch(URL_)).status).toBe(200)
  }
  const many = () => Promise.all(Array.from({ length: 10 }, some))
  await many()
  const during = many()
  a.kill()
  await during
  await many()
  expect(await bodyOf(await fetch(URL_))).toContain('200 b')
}
