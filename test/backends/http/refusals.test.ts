import { once } from 'node:events'
import { type RequestListener, createServer as createHttpServer } from 'node:http'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { Client } from '../../../src/client/client.ts'
import { targetFrom } from '../../../src/config/target.ts'
import { RollcallError } from '../../../src/model/errors.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(server: Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const web = (listener: RequestListener) => listening(createHttpServer(listener))

async function refusalOf(url: string, settings: object = {}): Promise<RollcallError> {
  const opening = Client.open(targetFrom(url, settings))
  const error: unknown = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof RollcallError) return error
  throw new Error(`opening ${url} did not fail: ${String(error)}`)
}

const envelope = (status: number, code: number, msg: string): RequestListener => {
  return (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ code, msg, data: null }))
}

it.each([
  ['a token', envelope(401, 40_100, 'no'), 'unauthenticated', 'a token is required'],
  ['a token, without an envelope', (_, response) => response.writeHead(401).end('no'), 'unauthenticated', 'a token'],
  ['another role', envelope(403, 40_300, 'the role viewer'), 'forbidden', 'the role viewer'],
  ['the status alone', (_, response) => response.writeHead(403).end(), 'forbidden', 'no permission'],
  ['no such path', (_, response) => response.writeHead(404).end('nope'), 'wrong-server', 'there is no registry'],
  ['no such path, in an envelope', envelope(404, 40_400, 'there is no GET /x'), 'wrong-server', 'there is no registry'],
  ['a web site', (_, response) => response.end('<html>'), 'wrong-server', 'is not a registry'],
  ['another API', (_, response) => response.end('{"ok":true}'), 'wrong-server', 'is not a registry'],
  ['a proxy without its server', (_, response) => response.writeHead(502).end('x'), 'unreachable', 'HTTP 502'],
  ['too many requests', envelope(429, 42_900, 'slow down'), 'unreachable', 'slow down'],
  ['a registry that is away', envelope(503, 50_300, 'etcd is away'), 'unreachable', 'etcd is away'],
  ['a failure with HTTP status 200', envelope(200, 50_000, 'no luck'), 'unreachable', 'no luck'],
] as const satisfies readonly (readonly [string, RequestListener, string, string])[])(
  'says what is answered: %s',
  async (_, listener, code, message) => {
    const error = await refusalOf(`http://${await web(listener)}`)
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
  },
)

it('follows no redirect, and names where it leads without what may be a secret', async () => {
  const asked: (string | undefined)[] = []
  const other = await web((request, response) => {
    asked.push(request.headers.authorization)
    response.end()
  })
  const location = `http://${other}/registry/services?key=hush`
  const server = await web((_, response) => void response.writeHead(302, { location }).end())
  const error = await refusalOf(`http://${server}`, { token: 'hush' })
  expect(error).toMatchObject({
    code: 'wrong-server',
    message: expect.stringContaining(`redirects to http://${other}/`),
  })
  expect(`${error.message} ${error.hint}`).not.toContain('hush')
  expect(asked).toEqual([])
})

it('says what does not speak HTTP, and what says nothing', async () => {
  const babble = await listening(createServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-x\r\n')))
  expect(await refusalOf(`http://${babble}`)).toMatchObject({ code: 'wrong-server' })
  const silent = await listening(createServer((socket) => void socket.on('error', () => {}).unref()))
  expect(await refusalOf(`http://${silent}`, { requestTimeout: 300 })).toMatchObject({ code: 'timeout' })
  expect(await refusalOf(`https://${babble}`)).toMatchObject({ hint: expect.stringContaining('http://') })
})

it('asks the next server when one does not answer, and names all when none does', async () => {
  const good = await web((_, response) => void response.end('{"code":20000,"msg":"success","data":[]}'))
  await using client = await Client.open(targetFrom(`http://127.0.0.1:1,${good}`))
  expect(await client.find({})).toEqual([])
  const error = await refusalOf('http://127.0.0.1:1,127.0.0.1:2')
  expect(error.message).toBe(
    'http: none of 2 servers can be used: 127.0.0.1:1: connection refused; 127.0.0.1:2: connection refused',
  )
})

it.each([
  ['http:', 'names no server'],
  ['http://a:99999', 'is not a host'],
  ['http://me@a', 'has no users'],
  ['http://a?x=1', 'no parameter'],
  ['http://a?layout=kratos', 'no parameter'],
])('refuses the URL %s', (url, message) => {
  expect(() => targetFrom(url)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
  )
})

it.each([
  ['http://a', 'http://a:80/registry'],
  ['https://a', 'https://a:443/registry'],
  ['http://[::1]:8700/', 'http://[::1]:8700/registry'],
  ['https://a:8700,b/other/path/', 'https://a:8700,b:443/other/path'],
  ['127.0.0.1:8700', 'http://127.0.0.1:8700/registry'],
])('takes %s for %s', (url, display) => {
  expect(targetFrom(url)).toMatchObject({ driver: 'http', display })
})

it('wants https:// where certificates are given', () => {
  expect(() => targetFrom('http://a', { tls: { cacert: 'ca.pem' } })).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining('https://') }),
  )
})
