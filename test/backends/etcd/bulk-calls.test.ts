import { once } from 'node:events'
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EtcdConnection } from '../../../src/backends/etcd/connection.ts'
import { framed } from '../../../src/backends/etcd/grpc.ts'
import { Transport } from '../../../src/backends/etcd/transport.ts'

/** More than are under way at once. */
const MANY = 500
const TIMEOUT = 5_000

// etcd itself cannot be made to do these things when a test wants them.
describe('many calls in bulk', () => {
  let server: Http2Server
  let transport: Transport
  let sessions: ServerHttp2Session[]

  beforeEach(async () => {
    server = createServer()
    sessions = []
    server.on('session', (session) => sessions.push(session))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`
    transport = new Transport(new EtcdConnection(endpoint, undefined, TIMEOUT))
  })
  afterEach(async () => {
    transport[Symbol.dispose]()
    for (const session of sessions) session.destroy()
    server.close()
    await once(server, 'close')
  })

  const serve = (serveOne: (stream: ServerHttp2Stream, at: number) => void): void => {
    server.on('stream', (stream) => {
      stream.on('error', () => {})
      stream.once('data', (frame: Buffer) => serveOne(stream, Number(String(frame.subarray(5)))))
    })
  }
  const ask = (count: number, { timeout = TIMEOUT, signal }: { timeout?: number; signal?: AbortSignal } = {}) => {
    const requests = Array.from({ length: count }, (_, at) => Buffer.from(String(at)))
    return transport.bulk('KV/Range', requests, { decode: String, token: undefined, timeout, signal })
  }

  it('have their answers by place, over one connection', async () => {
    serve(answer)
    expect(await ask(MANY)).toEqual(expected(MANY))
    expect(await ask(0)).toEqual([])
    expect(sessions).toHaveLength(1)
  })

  it.each<[string, (stream: ServerHttp2Stream, at: number) => void]>([
    ['refused in trailers', (stream, at) => answer(stream, at, '7')],
    ['refused in headers alone', (stream) => respond(stream, { 'grpc-status': '16' }).end()],
    ['reset', (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM)],
    ['of another program', (stream) => void (stream.respond({ ':status': 404 }), stream.end('<html></html>'))],
    ['answered with nothing', (stream) => respond(stream, {}, '0').end()],
    ['compressed', (stream) => respond(stream, {}, '0').end(Buffer.of(1, 0, 0, 0, 1, 65))],
    ['cut off', (stream) => respond(stream, {}, '0').end(Buffer.of(0, 0, 0, 0, 9, 65))],
  ])('have none where one is %s', async (_, fail) => {
    serve((stream, at) => (isSeventh(at) ? fail(stream, at) : answer(stream, at)))
    expect(await ask(MANY)).toEqual(expected(MANY, isSeventh))
  })

  it('have none where one cannot be read', async () => {
    serve(answer)
    const requests = Array.from({ length: 10 }, (_, at) => Buffer.from(String(at)))
    const answers = await transport.bulk('KV/Range', requests, { decode: allButThree, timeout: TIMEOUT })
    expect(answers).toEqual(expected(10, (at) => at === 3))
  })

  it('have those that came in time', async () => {
    serve((stream, at) => at !== 5 && answer(stream, at))
    expect(await ask(100, { timeout: 2_000 })).toEqual(expected(100, (at) => at === 5))
    expect(await ask(5)).toEqual(expected(5))
    expect(sessions).toHaveLength(1)
  })

  it('have those that came before the server hung up', async () => {
    serve((stream, at) => (at === 200 ? stream.session?.destroy() : answer(stream, at)))
    const answers = await ask(MANY)
    expect(answers.slice(0, 100)).toEqual(expected(100))
    expect(answers.slice(300)).toEqual(expected(MANY, () => true).slice(300))
  })

  it('are given up with their signal', async () => {
    const stop = new AbortController()
    serve((stream, at) => (at === 50 ? stop.abort(new Error('given up')) : answer(stream, at)))
    await expect(ask(MANY, { signal: stop.signal })).rejects.toThrow('given up')
    await expect(ask(MANY, { signal: stop.signal })).rejects.toThrow('given up')
  })

  it('were never sent where the server is gone', async () => {
    server.close()
    await once(server, 'close')
    await expect(ask(MANY)).rejects.toMatchObject({ code: 14, wasNeverSent: true })
    server.listen(0, '127.0.0.1')
  })
})

function expected(count: number, isLost: (at: number) => boolean = () => false): (string | undefined)[] {
  return Array.from({ length: count }, (_, at) => (isLost(at) ? undefined : `answer ${at}`))
}

function allButThree(message: Buffer): string {
  if (String(message) === 'answer 3') throw new RangeError('not what it should be')
  return String(message)
}

function isSeventh(at: number): boolean {
  return at % 7 === 3
}

function answer(stream: ServerHttp2Stream, at: number, status = '0'): void {
  respond(stream, {}, status).end(framed(Buffer.from(`answer ${at}`)))
}

/** With a status in trailers, if there is one. */
function respond(stream: ServerHttp2Stream, headers: Record<string, string>, status?: string): ServerHttp2Stream {
  const waitForTrailers = status !== undefined
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { waitForTrailers })
  if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
  return stream
}
