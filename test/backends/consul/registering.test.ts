import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { collect } from '../../conformance/ground.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { Front } from '../../servers/front.ts'
import { describeWith } from '../../servers/with-server.ts'
import { entryOf, openAt, recordsOf } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }
const BOTH = { ...SRE, endpoints: [...SRE.endpoints, 'http://10.0.0.1:8000'] }
const MOVED = { ...SRE, endpoints: ['grpc://10.0.0.2:9000'] }
const NO_CHECKS = { settings: { noChecks: true } }

type Fault = (asked: IncomingMessage, answer: ServerResponse, passOn: () => void) => void

const refused: Fault = (asked, answer) => {
  asked.resume()
  answer.writeHead(403).end(`Permission denied: token with AccessorID 'a' lacks permission 'service:write' on "sre"`)
}
const silent: Fault = (asked) => void asked.resume()
const empty: Fault = (asked, answer) => {
  asked.resume()
  answer.writeHead(200, { 'content-type': 'application/json', 'x-consul-index': '5' }).end('[]')
}
const brokenOff: Fault = (asked, answer) => {
  asked.resume()
  answer.destroy()
}
/** The agent carries it out, and its answer is lost. */
const unanswered: Fault = (_, answer, passOn) => {
  answer.writeHead = () => answer.destroy()
  passOn()
}

/** Before a real agent: some of its requests go wrong. */
class Faulty extends Front {
  /** By how a request begins, such as `PUT /v1/agent/service/register`; from its `from`th on. */
  faults: { readonly request: string; readonly fault: Fault; from?: number }[] = []

  static async front(target: string): Promise<Faulty> {
    return await new Faulty(target).listening()
  }

  count(request: string): number {
    return this.paths.filter((path) => path.startsWith(request)).length
  }

  protected override serve(asked: IncomingMessage, answer: ServerResponse): void {
    const path = `${asked.method} ${asked.url}`
    const found = this.faults.find(
      ({ request, from = 1 }) => path.startsWith(request) && this.count(request) + 1 >= from,
    )
    if (!found) return super.serve(asked, answer)
    if (found.fault !== unanswered) this.paths.push(path)
    found.fault(asked, answer, () => super.serve(asked, answer))
  }
}

const REGISTER = 'PUT /v1/agent/service/register'
const DEREGISTER = 'PUT /v1/agent/service/deregister'
const READ = 'GET /v1/health/service'

await describeWith('consul', 'registering with an agent of Consul that lets one down', () => {
  let server: ConsulServer
  let front: Faulty
  let backend: Backend
  beforeAll(async () => {
    server = await startConsul()
  })
  beforeEach(async () => {
    front = await Faulty.front(server.endpoint)
    backend = await openAt(`consul://${front.endpoint}`, { requestTimeout: 1_000 })
  })
  afterEach(async () => {
    front.faults = []
    await collect(backend.remove(await recordsOf(backend)))
    await backend[Symbol.asyncDispose]()
    await front[Symbol.asyncDispose]()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const held = async () => Object.keys(await server.api<object>('GET', '/v1/agent/services'))

  it('leaves what is there when its replacement is refused', async () => {
    await backend.register(SRE, NO_CHECKS)
    front.faults = [{ request: REGISTER, fault: refused }]
    await expect(backend.register(MOVED, { ...NO_CHECKS, replace: true })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const [record] = await recordsOf(backend)
    expect(record && entryOf(backend, record).instance.endpoints).toEqual(SRE.endpoints)
  })

  it('takes back a part when another one is refused', async () => {
    front.faults = [{ request: REGISTER, fault: refused, from: 2 }]
    const attempt = backend.register(BOTH, { ...NO_CHECKS, layout: 'kratos-scheme' })
    await expect(attempt).rejects.toMatchObject({ code: 'unauthenticated' })
    expect([front.count(REGISTER), front.count(DEREGISTER)]).toEqual([2, 1])
    expect(await held()).toEqual([])
  })

  it('reports the first error, and not that of taking back', async () => {
    front.faults = [
      { request: REGISTER, fault: refused, from: 2 },
      { request: DEREGISTER, fault: brokenOff },
    ]
    const attempt = backend.register(BOTH, { ...NO_CHECKS, layout: 'kratos-scheme' })
    await expect(attempt).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(front.count(DEREGISTER)).toBe(1)
  })

  it('takes back what was carried out and never answered', async () => {
    front.faults = [{ request: REGISTER, fault: unanswered }]
    await expect(backend.register(SRE, NO_CHECKS)).rejects.toMatchObject({ code: 'unreachable' })
    expect([front.count(REGISTER), front.count(DEREGISTER)]).toEqual([1, 1])
    expect(await held()).toEqual([])
  })

  it('takes back what the catalogue never shows, and says so', async () => {
    front.faults = [{ request: READ, fault: empty }]
    await expect(backend.register(SRE, NO_CHECKS)).rejects.toMatchObject({
      code: 'unreachable',
      message: 'consul: its agent has taken "i-1", but the catalogue does not show it',
    })
    expect(await held()).toEqual([])
  })

  it('ends with the signal while it waits for the catalogue, and takes back', async () => {
    front.faults = [{ request: READ, fault: empty }]
    await using patient = await openAt(`consul://${front.endpoint}`, { requestTimeout: 60_000 })
    const stop = new AbortController()
    const reason = new Error('given up')
    const attempt = patient.register(SRE, { ...NO_CHECKS, signal: stop.signal })
    const refusal = expect(attempt).rejects.toBe(reason)
    await eventually(() => expect(front.count(READ)).toBeGreaterThan(2))
    stop.abort(reason)
    await refusal
    expect(await held()).toEqual([])
  })

  it('ends a change of many with the first silence', async () => {
    const ids = Array.from({ length: 60 }, (_, at) => `many-${at}`)
    for (const ID of ids) await server.api('PUT', '/v1/agent/service/register', { ID, Name: 'many', Port: 80 })
    await eventually(async () => expect(await recordsOf(backend)).toHaveLength(60))
    const records = await recordsOf(backend)
    front.faults = [{ request: DEREGISTER, fault: silent }]
    const outcomes = await collect(backend.remove(records))
    const results = outcomes.map(({ result }) => result)
    expect(results.filter((result) => result === 'in-doubt')).toHaveLength(front.count(DEREGISTER))
    expect(new Set(results)).toEqual(new Set(['in-doubt', 'not-attempted']))
    expect(front.count(DEREGISTER)).toBeLessThanOrEqual(16)
  })
})

await describeWith('consul', 'registering what is on Consul already', () => {
  let server: ConsulServer
  let backend: Backend
  beforeAll(async () => {
    server = await startConsul()
    backend = await openAt(`consul://${server.endpoint}`)
  })
  afterAll(async () => {
    await backend[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const statusOf = async (service: string) => {
    const [record] = await recordsOf(backend, { services: [service] })
    return record && entryOf(backend, record).observed.status
  }
  const isDead = async (service: string) => {
    const [record] = await recordsOf(backend, { services: [service] })
    return record !== undefined && backend.whyDead(entryOf(backend, record), Date.now()) !== undefined
  }

  it('notices at a heartbeat of its TTL check that another has taken the id', async () => {
    const ttl = { ...NO_CHECKS, ttl: 20 }
    const registration = await backend.register(SRE, ttl)
    expect(await registration.beat?.()).toBe('ok')
    await using other = await openAt(`consul://${server.endpoint}`)
    await other.register(MOVED, { ...ttl, replace: true })
    expect(await registration.beat?.()).toBe('lost')
    await registration[Symbol.asyncDispose]()
    const [record] = await recordsOf(backend, { services: ['sre'] })
    expect(record && entryOf(backend, record).instance.endpoints).toEqual(MOVED.endpoints)
  })

  it.each([
    ['the same', 'dead-1', SRE.endpoints],
    ['another', 'dead-2', MOVED.endpoints],
  ])('takes the place of what is dead without --replace: %s', async (_, id, endpoints) => {
    const instance = { name: id, id, endpoints: SRE.endpoints }
    await backend.register(instance, { ...NO_CHECKS, ttl: 2 })
    await expect.poll(() => isDead(id), { timeout: 20_000 }).toBe(true)
    const { action } = await backend.register({ ...instance, endpoints }, { ...NO_CHECKS, ttl: 60 })
    expect([action, await statusOf(id)]).toEqual(['replaced', 'up'])
  })

  it('does not wait for what fails its checks to come up', async () => {
    const listener = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const checkTcp = `127.0.0.1:${(listener.address() as AddressInfo).port}`
    const instance = { ...SRE, name: 'failing', id: 'failing-1' }
    const probed = { settings: { checkTcp, checkInterval: 1_000 } }
    await backend.register(instance, probed)
    await expect.poll(() => statusOf('failing'), { timeout: 20_000 }).toBe('up')
    listener.close()
    await expect.poll(() => isDead('failing'), { timeout: 20_000 }).toBe(true)
    await using front = await Faulty.front(server.endpoint)
    await using other = await openAt(`consul://${front.endpoint}`)
    expect(await other.register(instance, probed)).toMatchObject({ action: 'replaced' })
    // Who is in its place, and one look after writing.
    expect(front.count(READ)).toBe(2)
  })

  it('knows services of one agent by their ids alone, whatever their names', async () => {
    await backend.register({ ...SRE, id: 'one' }, NO_CHECKS)
    const other = { name: 'pay', id: 'one', endpoints: ['grpc://10.0.0.9:9000'] }
    await expect(backend.register(other, NO_CHECKS)).rejects.toMatchObject({
      code: 'conflict',
      message: `pay/one is already registered with different data: dc1/${server.node}/one`,
    })
    expect(await backend.register(other, { ...NO_CHECKS, replace: true })).toMatchObject({ action: 'replaced' })
    expect(await statusOf('pay')).toBe('up')
  })
})
