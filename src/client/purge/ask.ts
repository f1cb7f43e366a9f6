import { connect as connectHttp2, constants } from 'node:http2'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import { type Endpoint, parseAddress, parseEndpoint } from '../../model/endpoint.ts'
import { formatDuration } from '../../model/duration.ts'
import { messageOf } from '../../model/errors.ts'

/** Where and how an endpoint is asked. */
export type Asked = Pick<Endpoint, 'scheme' | 'host' | 'port' | 'secure'>

/** How an endpoint can be asked whether it lives; undefined for one that no connection can reach, or that has none. */
export function askedOf(endpoint: string): Asked | undefined {
  const bare = parseAddress(endpoint)
  if (bare) return { ...bare, scheme: 'tcp', secure: false }
  const parsed = parseEndpoint(endpoint)
  return parsed.is === 'endpoint' && parsed.scheme !== 'udp' ? parsed : undefined
}

/**
 * Why an endpoint does not answer (`refused the connection`, …); undefined where it does. It is asked by its scheme: an
 * HTTP GET of the root, a call of gRPC's health service, for all others a TCP connection. Whatever speaks that protocol
 * is alive, whatever it says: an instance that is unwell is not unreachable. Certificates are not checked, and TLS is
 * tried where plain text fails, and the reverse: this asks whether it lives, not who it is. `timeout` in milliseconds.
 */
export async function whySilent(asked: Asked, timeout: number, stop?: AbortSignal): Promise<string | undefined> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeout), ...(stop ? [stop] : [])])
  try {
    await askEitherWay(asked, signal)
    return undefined
  } catch (error) {
    stop?.throwIfAborted()
    return signal.aborted ? `did not answer in ${inWords(timeout)}` : faultOf(error)
  }
}

async function askEitherWay(asked: Asked, signal: AbortSignal): Promise<void> {
  const ask = askerOf(asked.scheme)
  try {
    await ask(asked, signal)
  } catch (error) {
    if (speaksTls(error)) return
    if (ask === askTcp || signal.aborted || codeOf(error) in UNCONNECTED) throw error
    await ask({ ...asked, secure: !asked.secure }, signal).catch((again: unknown) => {
      if (!speaksTls(again)) throw error
    })
  }
}

function askerOf(scheme: string): (asked: Asked, signal: AbortSignal) => Promise<void> {
  if (scheme === 'http' || scheme === 'https' || scheme === 'ws' || scheme === 'wss') return askHttp
  return scheme === 'grpc' || scheme === 'grpcs' ? askGrpc : askTcp
}

function askTcp({ host, port }: Asked, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

function askHttp({ host, port, secure }: Asked, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = secure ? requestHttps : requestHttp
    const options = { host, port, path: '/', signal, agent: false as const, rejectUnauthorized: false }
    request(options, (response) => {
      response.destroy()
      resolve()
    })
      .once('error', reject)
      .end()
  })
}

/** An empty HealthCheckRequest in gRPC's frame: not compressed, of length 0. Source: grpc.health.v1. */
const EMPTY_MESSAGE = Buffer.alloc(5)

function askGrpc({ host, port, secure }: Asked, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const authority = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
    const session = connectHttp2(authority, { rejectUnauthorized: false })
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
    const answered = () => {
      resolve()
      session.destroy()
    }
    stream.once('response', answered)
    stream.once('error', (error) => {
      // A stream that the server refuses is an answer; one that ends with its connection has that as its cause.
      if (codeOf(error) === 'ERR_HTTP2_STREAM_ERROR') answered()
      else reject(error.cause ?? error)
    })
    stream.end(EMPTY_MESSAGE)
  })
}

/** Nothing was connected to, so nothing can be said of what it speaks. */
const UNCONNECTED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  EHOSTUNREACH: 'has a host that cannot be reached',
  ENETUNREACH: 'lies in a network that cannot be reached',
  ETIMEDOUT: 'did not answer',
  ENOTFOUND: 'has a host that no DNS knows',
  EAI_AGAIN: 'has a host that DNS cannot look up now',
}

/** It refuses the handshake, for want of a certificate or of a common version, but it speaks TLS. */
function speaksTls(error: unknown): boolean {
  return /^ERR_SSL_.*_ALERT_/.test(codeOf(error))
}

function faultOf(error: unknown): string {
  // OpenSSL's own messages name source files.
  const why = error instanceof Error && 'reason' in error ? String(error.reason) : messageOf(error)
  return UNCONNECTED[codeOf(error)] ?? `speaks another protocol: ${why}`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function inWords(timeout: number): string {
  return timeout < 1000 ? `${timeout}ms` : formatDuration(timeout)
}
