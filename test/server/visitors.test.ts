import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withRoutes } from './every-route.ts'
import { Ground, tokensOf } from './ground.ts'

const CONSOLE = 'https://console.example.com'

let ground: Ground
let id: string
beforeAll(async () => {
  ground = await Ground.open('memory:', { allowHosts: ['registry.example.com', '*.svc'], corsOrigins: [CONSOLE] })
  id = await ground.register('kept')
})
afterAll(() => ground[Symbol.asyncDispose]())

interface Said {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** As `fetch`, which would write the host itself. */
function ask(method: string, path: string, headers: Record<string, string>, port = ground.server.port): Promise<Said> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      const { statusCode: status = 0, headers: shown } = answer
      text(answer).then((body) => resolve({ status, headers: shown, body }), reject)
    })
    asking.on('error', reject).end()
  })
}

/** What is answered to exactly this head. */
async function raw(head: string): Promise<string> {
  const socket = connect(ground.server.port, '127.0.0.1')
  socket.write(`${head}\r\nConnection: close\r\n\r\n`)
  return await text(socket)
}

/** The host that the server itself listens as. */
const own = () => `127.0.0.1:${ground.server.port}`

async function isKept(): Promise<void> {
  expect((await ground.get(`/services/${id}`)).data.status).toBe('active')
}

describe('a host', () => {
  it.each([
    'evil.example',
    'evil.example:8700',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil-registry.example.com',
    'registry.example.com.evil.example',
    'a@127.0.0.1',
    '127.0.0.1/@evil.example',
    '127.0.0.1#evil.example',
    '[::1].evil.example',
    'svc',
  ])('"%s" is not answered, and nothing is changed', async (host) => {
    for (const [method, path] of [
      ['DELETE', `/registry/services/${id}`],
      ['GET', '/registry/services'],
      ['GET', '/'],
      ['OPTIONS', '/registry/services'],
      ['GET', '/nothing'],
    ] as const) {
      const { status, body } = await ask(method, path, { host })
      expect(status, method).toBe(403)
      expect(body).not.toContain('kept')
    }
    await isKept()
  })

  it.each([
    '127.0.0.1',
    '127.0.0.1:80',
    'localhost',
    'LocalHost.:9000',
    'app.localhost',
    '[::1]:8700',
    '10.20.30.40:8700',
    '[2001:db8::1]',
    'registry.example.com:443',
    'REGISTRY.example.com.',
    'rollcall.default.svc',
  ])('"%s" is answered', async (host) => {
    expect((await ask('GET', '/registry/services', { host })).status).toBe(200)
  })

  it("by this machine's own name is answered where the server listens to others", async () => {
    await using open = await Ground.open('memory:', { host: '0.0.0.0' })
    const host = hostname()
    expect((await ask('GET', '/registry/services', { host }, open.server.port)).status).toBe(200)
    expect((await ask('GET', '/registry/services', { host })).status).toBe(403)
    expect((await ask('GET', '/registry/services', { host: 'evil.example' }, open.server.port)).status).toBe(403)
  })

  it('is not needed by a program that speaks HTTP/1.0, and is by others', async () => {
    expect(await raw('GET /registry/services HTTP/1.0')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await raw('GET /registry/services HTTP/1.1')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await raw('GET /registry/services HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 403 /)
    expect(await raw('GET /registry/services HTTP/1.1\r\nHost: evil.example\r\nHost: localhost')).not.toMatch(
      /^\S+ 200 /,
    )
  })

  it('is asked for at every route', async () => {
    const { made, routes } = await withRoutes(() => Ground.open())
    await using open = made
    for (const { method, url, line } of routes) {
      const path = url.replace(/:\w+/, 'kept')
      expect((await ask(method, path, { host: 'evil.example' }, open.server.port)).status, line).toBe(403)
    }
    expect(routes.length).toBeGreaterThan(20)
  })
})

describe('a web page', () => {
  it.each([
    ['of another site', { origin: 'https://evil.example' }],
    ['of another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['of no origin', { origin: 'null' }],
    ['whose browser says only that it is another', { 'sec-fetch-site': 'cross-site' }],
  ])('%s changes nothing, and reads nothing', async (_, headers) => {
    for (const [method, path] of [
      ['DELETE', `/registry/services/${id}`],
      ['PUT', `/registry/services/${id}/offline`],
      ['POST', '/registry/services'],
    ] as const)
      expect((await ask(method, path, { host: own(), ...headers })).status, method).toBe(403)
    const reading = await ask('GET', '/registry/services', { host: own(), ...headers })
    expect(reading.headers).not.toHaveProperty('access-control-allow-origin')
    const preflight = { ...headers, 'access-control-request-method': 'DELETE' }
    const asked = await ask('OPTIONS', `/registry/services/${id}`, { host: own(), ...preflight })
    expect(asked.status).toBe(405)
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin')
    await isKept()
  })

  it('of an origin that was named may ask for what its token may', async () => {
    const headers = { host: own(), origin: CONSOLE }
    const asked = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' }
    const preflight = await ask('OPTIONS', `/registry/services/${id}/renew`, { ...headers, ...asked })
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': CONSOLE,
        'access-control-allow-methods': expect.stringContaining('PUT'),
        'access-control-allow-headers': expect.stringContaining('authorization'),
        vary: 'origin',
      },
    })
    for (const [method, path, status] of [
      ['PUT', `/registry/services/${id}/renew`, 200],
      ['GET', '/registry/services/nobody', 404],
      ['GET', '/nothing', 404],
    ] as const)
      expect(await ask(method, path, headers)).toMatchObject({
        status,
        headers: { 'access-control-allow-origin': CONSOLE },
      })
    const stop = new AbortController()
    const stream = await fetch(`${ground.url}/registry/watch`, { headers: { origin: CONSOLE }, signal: stop.signal })
    expect(stream.headers.get('access-control-allow-origin')).toBe(CONSOLE)
    stop.abort()
  })

  it('of any origin may ask where all were named, and needs a token like everybody', async () => {
    const viewer = { name: 'viewer', role: 'viewer', services: [] } as const
    await using open = await Ground.open('memory:', { corsOrigins: ['*'], tokens: tokensOf({ viewer }) })
    const headers = { host: 'localhost', origin: 'https://any.example' }
    const { port } = open.server
    const shown = { headers: { 'access-control-allow-origin': '*' } }
    expect(await ask('GET', '/registry/services', headers, port)).toMatchObject({ status: 401, ...shown })
    const withToken = { ...headers, authorization: 'Bearer viewer' }
    expect(await ask('GET', '/registry/services', withToken, port)).toMatchObject({ status: 200, ...shown })
    expect(await ask('GET', '/registry/services', { host: 'evil.example' }, port)).toMatchObject({ status: 403 })
  })

  it('of this server itself may change what its token may', async () => {
    const headers = { host: own(), origin: `http://${own()}`, 'sec-fetch-site': 'same-origin' }
    expect((await ask('PUT', `/registry/services/${id}/renew`, headers)).status).toBe(200)
  })
})
