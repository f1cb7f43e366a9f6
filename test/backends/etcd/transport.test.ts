import { once } from 'node:events'
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EtcdConnection } from '../../../src/backends/etcd/connection.ts'
import { framed, Messages } from '../../../src/backends/etcd/grpc.ts'
import { Transport } from '../../../src/backends/etcd/transport.ts'

const TIMEOUT = 5_000
const ANSWER = Buffer.from('answer')

describe('messages of gRPC', () => {
  it('are put together from chunks of any size', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 })
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 300 })), (given, sizes) => {
        const all = Buffer.concat(given.map(framed))
        const parts = new Messages()
        const found: Buffer[] = []
        for (let at = 0; at < all.length; ) {
          const end = at + (sizes.next().value ?? 1)
          parts.push(all.subarray(at, end), (message) => found.push(message))
          at = end
        }
        expect(found).toEqual(given.map((each) => Buffer.from(each)))
      }),
    )
  })

  it('are whole when they are larger than what is allocated at first', () => {
    const large = Buffer.alloc(40 << 20, 'abc')
    const found: Buffer[] = []
    const parts = new Messages()
    const frame = framed(large)
    for (let at = 0; at < frame.length; at += 1 << 20)
      parts.push(frame.subarray(at, at + (1 << 20)), (message) => found.push(message))
    expect(found.map((message) => message.equals(large))).toEqual([true])
  })
})

// etcd itself cannot be made to do these things when a test wants them.
describe('a call to a server that', () => {
  let server: Http2Server
  let endpoint: string
  let transport: Transport
  let sessions: ServerHttp2Session[]
  let calls: number

  beforeEach(async () => {
    server = createServer()
    sessions = []
    calls = 0
    server.on('session', (session) => sessions.push(session))
    server.on('stream', () => calls++)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`
    transport = new Transport(new EtcdConnection(endpoint, undefined, TIMEOUT))
  })
  afterEach(async () => {
    transport[Symbol.dispose]()
    for (const session of sessions) session.destroy()
    server.close()
    await once(server, 'close')
  })

  const call = (timeout = TIMEOUT, signal?: AbortSignal): Promise<Buffer> =>
    transport.unary('KV/Range', Buffer.from('question'), { decode: (message) => message, timeout, signal })

  it('answers, gets the answer, over one connection', async () => {
    server.on('stream', (stream) => answer(stream))
    expect(await call()).toEqual(ANSWER)
    expect(await call()).toEqual(ANSWER)
    expect(sessions).toHaveLength(1)
  })

  it.each([
    ['in trailers', true],
    ['in headers alone', false],
  ])('refuses %s fails with its status and the text, decoded', async (_, hasHeaders) => {
    const status = { 'grpc-status': '7', 'grpc-message': 'no %E2%82%AC for you: 100%25' }
    server.on('stream', (stream) => (hasHeaders ? answer(stream, status) : refuse(stream, status)))
    await expect(call()).rejects.toMatchObject({ code: 7, details: 'no € for you: 100%', isOfTheMember: false })
  })

  it('says goodbye goes over a new connection', async () => {
    server.on('stream', (stream) => answer(stream))
    await call()
    const [first] = sessions
    first?.close()
    await once(first ?? server, 'close')
    expect(await call()).toEqual(ANSWER)
    expect(sessions).toHaveLength(2)
  })

  it('refuses a stream is made once more, on a new connection', async () => {
    server.on('stream', (stream) => (calls === 1 ? reset(stream, constants.NGHTTP2_REFUSED_STREAM) : answer(stream)))
    expect(await call()).toEqual(ANSWER)
    expect([calls, sessions.length]).toEqual([2, 2])
  })

  it('refuses several streams at a time has each made once more', async () => {
    server.on('stream', (stream) => (calls <= 8 ? reset(stream, constants.NGHTTP2_REFUSED_STREAM) : answer(stream)))
    const answers = await Promise.all(Array.from({ length: 8 }, () => call()))
    expect(answers).toEqual(Array.from({ length: 8 }, () => ANSWER))
  })

  it('resets its stream fails, and may have been carried out', async () => {
    server.on('stream', (stream) => reset(stream, constants.NGHTTP2_INTERNAL_ERROR))
    await expect(call()).rejects.toMatchObject({ isOfTheMember: true, wasNeverSent: false })
    expect(calls).toBe(1)
  })

  it('hangs up fails, and may have been carried out; the next one has a new connection', async () => {
    server.on('stream', (stream) => (calls === 1 ? stream.session?.destroy() : answer(stream)))
    await expect(call()).rejects.toMatchObject({ code: 14, isOfTheMember: true, wasNeverSent: false })
    expect(await call()).toEqual(ANSWER)
  })

  it('asks for fewer requests fails', async () => {
    server.on('stream', (stream) => stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM))
    await expect(call()).rejects.toMatchObject({ wasNeverSent: false })
  })

  it('is silent fails after its time, and leaves the connection to others', async () => {
    server.on('stream', (stream) => calls !== 2 && answer(stream))
    // On a connection that is there, so that the time is all for the answer.
    await call()
    await expect(call(200)).rejects.toMatchObject({ code: 4, isOfTheMember: true, wasNeverSent: false })
    expect(await call()).toEqual(ANSWER)
    expect(sessions).toHaveLength(1)
  })

  it('is silent can be given up', async () => {
    const stop = new AbortController()
    server.on('stream', () => stop.abort(new Error('given up')))
    await expect(call(TIMEOUT, stop.signal)).rejects.toThrow('given up')
  })

  it.each([
    [404, 'text/html'],
    [200, 'text/html'],
  ])('answers %i with %s is known as another program', async (status, type) => {
    server.on('stream', (stream) => {
      stream.respond({ ':status': status, 'content-type': type })
      stream.end('<html></html>')
    })
    await expect(call()).rejects.toMatchObject({ isOfAnotherProgram: true })
  })

  it('is gone was never sent', async () => {
    server.close()
    await once(server, 'close')
    await expect(call()).rejects.toMatchObject({ code: 14, wasNeverSent: true })
    server.listen(Number(endpoint.split(':')[1]), '127.0.0.1')
    await once(server, 'listening')
    server.on('stream', (stream) => answer(stream))
    expect(await call()).toEqual(ANSWER)
  })

  it('is closed by its user right after the call was never sent', async () => {
    server.on('stream', (stream) => answer(stream))
    await call()
    const late = call()
    transport[Symbol.dispose]()
    await expect(late).rejects.toMatchObject({ wasNeverSent: true })
  })

  it('is closed by its user was never sent', async () => {
    transport[Symbol.dispose]()
    await expect(call()).rejects.toMatchObject({ wasNeverSent: true })
    expect(sessions).toHaveLength(0)
  })
})

function answer(stream: ServerHttp2Stream, status: Record<string, string> = { 'grpc-status': '0' }): void {
  stream.on('error', () => {})
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers(status))
  stream.end(status['grpc-status'] === '0' ? framed(ANSWER) : undefined)
}

function refuse(stream: ServerHttp2Stream, status: Record<string, string>): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true })
}

function reset(stream: ServerHttp2Stream, code: number): void {
  stream.on('error', () => {})
  stream.close(code)
}
