import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Client } from '../../../src/client/client.ts'
import { collect } from '../../conformance/ground.ts'
import { Front } from '../../servers/front.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { listed, openClient } from './open.ts'

const REGISTER = 'POST /nacos/v1/ns/instance'
const DEREGISTER = 'DELETE /nacos/v1/ns/instance'
const LIST = 'GET /nacos/v2/ns/catalog/instances'
/** Requests that the backend has under way at the same time. */
const AT_ONCE = 16

/** Both endpoints of one instance, at an ip that is its id. */
const BOTH = { id: '10.0.0.1', name: 'sre', endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'] }
/** The same instance after its move to other ports. */
const MOVED = { ...BOTH, endpoints: ['grpc://10.0.0.1:9100'] }

type Fault = 'refuse' | 'break' | 'hang'

/** A Nacos some of whose answers never come, or are a refusal. */
class FaultyFront extends Front {
  /** What becomes of the nth request to a route, counted from 1. */
  faultOf: (route: string, nth: number) => Fault | undefined = () => undefined

  static async to(target: string): Promise<FaultyFront> {
    return await new FaultyFront(target).listening()
  }

  countOf(route: string): number {
    return this.paths.filter((path) => path === route).length
  }

  protected override serve(asked: IncomingMessage, answer: ServerResponse): void {
    const route = `${asked.method} ${asked.url?.split('?')[0]}`
    const fault = this.faultOf(route, this.countOf(route) + 1)
    if (!fault) return super.serve(asked, answer)
    this.paths.push(route)
    asked.resume()
    if (fault === 'refuse') answer.writeHead(400).end('caused: not today;')
    if (fault === 'break') answer.destroy()
  }
}

await describeWith('nacos', 'a Nacos that fails in the middle', () => {
  let server: NacosServer
  let front: FaultyFront
  let direct: Client
  let client: Client
  beforeAll(async () => {
    server = await startNacos()
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    const namespace = randomUUID()
    front = await FaultyFront.to(server.endpoint)
    direct = await openClient(`nacos://${server.endpoint}?namespace=${namespace}`)
    client = await openClient(`nacos://${front.endpoint}?namespace=${namespace}`)
  })
  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    await direct[Symbol.asyncDispose]()
    await front[Symbol.asyncDispose]()
  })

  it('keeps what is to be replaced when the new one is refused', async () => {
    await direct.register(BOTH)
    front.faultOf = (route) => (route === REGISTER ? 'refuse' : undefined)
    await expect(client.backend.register(MOVED, { replace: true })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not today'),
    })
    expect(front.countOf(DEREGISTER)).toBe(0)
    expect(await listed(direct)).toEqual(['sre/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 up'])
  })

  it('keeps what is to be replaced when that cannot be removed, and takes the new one back', async () => {
    await direct.register(BOTH)
    front.faultOf = (route, nth) => (route === DEREGISTER && nth === 1 ? 'refuse' : undefined)
    await expect(client.backend.register(MOVED, { replace: true })).rejects.toMatchObject({ code: 'usage' })
    await eventually(async () =>
      expect(await listed(direct)).toEqual(['sre/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 up']),
    )
  })

  it('takes back what was written, also when the answer never came', async () => {
    front.faultOf = (route, nth) => (route === REGISTER && nth > 1 ? 'break' : undefined)
    await expect(client.backend.register(BOTH, {})).rejects.toMatchObject({ code: 'unreachable' })
    expect(front.countOf(DEREGISTER)).toBe(2)
    await eventually(async () => expect(await listed(direct)).toEqual([]))
  })

  it('names the first error when taking back fails too', async () => {
    front.faultOf = (route, nth) =>
      route === DEREGISTER ? 'break' : route === REGISTER && nth === 2 ? 'refuse' : undefined
    await expect(client.backend.register(BOTH, {})).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('not today'),
    })
    expect(front.countOf(DEREGISTER)).toBeGreaterThan(0)
  })

  it('is given up by its signal while lists do not show a registration, which is then taken back', async () => {
    front.faultOf = (route) => (route === LIST && front.countOf(REGISTER) > 0 ? 'hang' : undefined)
    const [stop, reason] = [new AbortController(), new Error('given up')]
    const registering = client.backend.register({ ...BOTH, id: 'i-1' }, { signal: stop.signal })
    const outcome = registering.catch((error: unknown) => error)
    const before = front.countOf(LIST)
    await eventually(() => expect(front.countOf(LIST)).toBeGreaterThan(before + 2))
    stop.abort(reason)
    expect(await outcome).toBe(reason)
    expect(front.countOf(DEREGISTER)).toBe(2)
    await eventually(async () => expect(await listed(direct)).toEqual([]))
  })

  it('ends a removal of many with the first silence, and says what was not attempted', async () => {
    const ips = Array.from({ length: 3 * AT_ONCE }, (_, at) => `10.0.1.${at}`)
    const records = ips.flatMap((id) =>
      direct.backend.encode({ id, name: 'sre', endpoints: [`grpc://${id}:9000`] }, { ttl: 90 }),
    )
    await collect(direct.restore(records.map((record) => Object.assign(record, { ttlGranted: null }))))
    const read = await client.find({ service: 'sre' })
    front.faultOf = (route) => (route === DEREGISTER ? 'hang' : undefined)
    const outcomes = await collect(client.remove(read.flatMap((entry) => entry.records)))
    const results = outcomes.map(({ result }) => result)
    expect(results).toHaveLength(3 * AT_ONCE)
    expect(results.filter((result) => result === 'in-doubt')).toHaveLength(AT_ONCE)
    expect(results.filter((result) => result === 'not-attempted')).toHaveLength(2 * AT_ONCE)
    expect(front.countOf(DEREGISTER)).toBe(AT_ONCE)
  }, 60_000)
})
