import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { type Speaker, babble, closed, grpc, http, http2, https, tcp } from '../client/purge/speakers.ts'
import { Demo, type Json } from './demo.ts'
import { kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

async function use(speaker: Promise<Speaker>): Promise<string> {
  const started = await speaker
  open.push(started)
  return started.address
}

/** A demo with one service more, `probed`, of those endpoints. */
async function registry(...endpoints: string[]): Promise<Demo> {
  const demo = await Demo.open()
  open.push(demo)
  await seed({ env: demo.env, cwd: demo.folder }, [kratos('probed', 'p-1', { endpoints })])
  return demo
}

async function report(...endpoints: string[]): Promise<Json> {
  const demo = await registry(...endpoints)
  const result = await demo.json('health probed')
  validated(result)
  return result
}

describe('health', () => {
  it.each<[string, string, () => Promise<Speaker>]>([
    ['HTTP answers 200', 'http://', () => http(200)],
    ['HTTP answers 204', 'http://', () => http(204)],
    ['HTTPS answers 200', 'https://', https],
    ['gRPC serves', 'grpc://', () => grpc('SERVING')],
    ['TCP connects', 'tcp://', () => tcp()],
  ])('is up where %s', async (_, scheme, speaker) => {
    const endpoint = `${scheme}${await use(speaker())}`
    expect(await report(endpoint)).toMatchObject({
      kind: 'HealthReport',
      up: 1,
      down: 0,
      items: [{ service: 'probed', id: 'p-1', endpoint, health: 'up' }],
    })
  })

  it.each<[string, string, () => Promise<Speaker>, string]>([
    ['HTTP is unwell', 'http://', () => http(503), 'GET /health answered 503'],
    ['HTTP is somewhere else', 'http://', () => http(302), 'GET /health answered 302'],
    ['gRPC does not serve', 'grpc://', () => grpc('NOT_SERVING'), 'says NOT_SERVING'],
    ['gRPC has no health service', 'grpc://', () => grpc(), 'has no gRPC health service'],
    ['gRPC is not what HTTP/2 is for', 'grpc://', () => http2(404), 'speaks HTTP/2 but not gRPC: status 404'],
    ['gRPC does not answer', 'grpc://', () => tcp(), 'did not answer in 3s'],
    ['HTTP does not answer', 'http://', () => tcp(), 'did not answer in 3s'],
    ['another protocol is spoken', 'http://', babble, 'speaks another protocol'],
  ])('is down where %s', async (_, scheme, speaker, reason) => {
    const demo = await registry(`${scheme}${await use(speaker())}`)
    const { status, stdout, stderr } = await demo.run('health probed/p-1')
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining(reason) })
    expect(stderr).toContain('1 endpoint: 0 up, 1 down')
  })

  it('asks every endpoint, in their order, and says which it could not ask', async () => {
    const up = `tcp://${await use(tcp())}`
    const down = `tcp://${await closed()}`
    expect(await report(down, 'udp://10.0.0.1:53', up)).toMatchObject({
      endpoints: 3,
      up: 1,
      down: 1,
      unprobed: 1,
      items: [
        { endpoint: down, health: 'down', reason: 'refused the connection' },
        { endpoint: 'udp://10.0.0.1:53', health: 'unprobed' },
        { endpoint: up, health: 'up' },
      ],
    })
  })

  it('asks for /health', async () => {
    const server = createServer((request, response) => response.writeHead(request.url === '/health' ? 200 : 404).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) })
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await report(endpoint)).toMatchObject({ up: 1 })
  })

  it('is status 1 for what is not there, and 2 for flags that make no sense', async () => {
    const demo = await registry()
    expect(await demo.run('health probd')).toMatchObject({ status: 1, stdout: '' })
    expect(await demo.run('health probed')).toMatchObject({ status: 0 })
    expect(await demo.run('health probed --every 5s')).toMatchObject({ status: 2 })
  })

  it('looks again and again until it is stopped', async () => {
    const demo = await registry(`tcp://${await use(tcp())}`)
    const stop = new AbortController()
    const running = demo.start('health probed -w --every 100ms -o ndjson', { signal: stop.signal })
    await expect.poll(() => running.stdout.writes.length).toBeGreaterThan(2)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect((await running.ended).status).toBe(130)
  })
})
