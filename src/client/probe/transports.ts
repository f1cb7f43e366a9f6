import { formatDuration } from '../../model/duration.ts'
import { messageOf } from '../../model/errors.ts'
import { type IncomingHttpHeaders, connect as connectHttp2, constants } from 'node:http2'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type Socket, connect, isIP } from 'node:net'
import { type TLSSocket, connect as connectTls } from 'node:tls'
import type { Endpoint } from '../../model/endpoint.ts'

/** Where and how an endpoint is asked. */
export type Asked = Pick<Endpoint, 'scheme' | 'host' | 'port' | 'secure'>

/** What an endpoint is asked by. */
export type Protocol = 'http' | 'grpc' | 'tcp'

export function protocolOf({ scheme }: Pick<Asked, 'scheme'>): Protocol {
  if (scheme === 'http' || scheme === 'https' || scheme === 'ws' || scheme === 'wss') return 'http'
  return scheme === 'grpc' || scheme === 'grpcs' ? 'grpc' : 'tcp'
}

/** Makes the connection that a question goes over, so that its caller can see what comes back. */
export type Dial = (asked: Asked) => Socket

const dialled: Dial = ({ host, port }) => connect({ host, port })

/** Resolves when it is connected. */
export function askTcp({ host, port }: Asked, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** The status of a GET. Redirects are not followed, certificates not checked. */
export function askHttp(asked: Asked, path: string, signal: AbortSignal, dial = dialled): Promise<number> {
  const { host, port, secure } = asked
  return new Promise((resolve, reject) => {
    const request = secure ? requestHttps : requestHttp
    const createConnection = () => (secure ? overTls(asked, dial(asked)) : dial(asked))
    request({ host, port, path, signal, createConnection }, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
      .once('error', reject)
      .end()
  })
}

/** An empty HealthCheckRequest in gRPC's frame: not compressed, of length 0. Source: grpc.health.v1. */
const EMPTY_MESSAGE = Buffer.alloc(5)

/** What a gRPC server has said by then: the call's status (0 is OK) and the message in its frame. */
export interface GrpcAnswer {
  readonly status: string | undefined
  /** HTTP's own, which is 200 whatever becomes of a call. */
  readonly httpStatus: number | undefined
  readonly body: Buffer
}

/** A call of gRPC's health service, until the answer begins or until it is whole. Certificates are not checked. */
export function askGrpc(
  asked: Asked,
  until: 'response' | 'end',
  signal: AbortSignal,
  dial = dialled,
): Promise<GrpcAnswer> {
  const { host, port, secure } = asked
  return new Promise((resolve, reject) => {
    const authority = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host.split('%', 1)[0]}]` : host}:${port}`
    const createConnection = () => (secure ? overTls(asked, dial(asked), ['h2']) : dial(asked))
    const session = connectHttp2(authority, { createConnection })
    const stop = () => session.destroy()
    signal.addEventListener('abort', stop, { once: true })
    session.once('error', reject)
    session.once('close', () => {
      signal.removeEventListener('abort', stop)
      reject(new Error('closed the connection'))
    })
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      te: 'trailers',
    })
    let status: string | undefined
    let httpStatus: number | undefined
    const chunks: Buffer[] = []
    const take = (headers: IncomingHttpHeaders) => {
      status = headers['grpc-status']?.toString() ?? status
    }
    const answered = () => {
      // What is given up ends too.
      if (signal.aborted) reject(signal.reason)
      else resolve({ status, httpStatus, body: Buffer.concat(chunks) })
      session.destroy()
    }
    stream.once('response', (headers) => {
      httpStatus = headers[':status']
      take(headers)
    })
    stream.once('trailers', take)
    stream.on('data', (chunk: Buffer) => {
      // A health message has a few bytes; more than that is ignored.
      if (chunks.length < 8) chunks.push(chunk)
    })
    stream.once(until, answered)
    stream.once('error', (error) => {
      // A stream that the server refuses is an answer; one that ends with its connection has that as its cause.
      if (codeOf(error) === 'ERR_HTTP2_STREAM_ERROR') answered()
      else reject(error.cause ?? error)
    })
    stream.end(EMPTY_MESSAGE)
  })
}

/** Certificates are not checked. */
function overTls({ host }: Asked, socket: Socket, ALPNProtocols: string[] = []): TLSSocket {
  const name = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ socket, ALPNProtocols, rejectUnauthorized: false, ...name })
}

/** Errors before a connection is there, which show nothing of the protocol behind it. */
const UNCONNECTED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  EHOSTUNREACH: 'has a host that cannot be reached',
  ENETUNREACH: 'is in a network that cannot be reached',
  ETIMEDOUT: 'did not answer',
  ENOTFOUND: 'has a host that DNS does not know',
  EAI_AGAIN: 'has a host that DNS cannot look up now',
}

/** Whether the error came before there was a connection. */
export function isUnconnected(error: unknown): boolean {
  return codeOf(error) in UNCONNECTED
}

/** What an endpoint did that did not answer as it should: `refused the connection`, … */
export function faultOf(error: unknown): string {
  // OpenSSL's own messages name source files.
  const why = error instanceof Error && 'reason' in error ? String(error.reason) : messageOf(error)
  return UNCONNECTED[codeOf(error)] ?? `speaks another protocol: ${why}`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** The fault of an endpoint that did not answer within `timeout` milliseconds: `did not answer in 3s`. */
export function silentFor(timeout: number): string {
  return `did not answer in ${timeout < 1000 ? `${timeout}ms` : formatDuration(timeout)}`
}
