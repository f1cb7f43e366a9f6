import { connect as connectHttp2, constants } from 'node:http2'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import { type Endpoint, parseAddress, parseEndpoint } from '../../model/endpoint.ts'
import { messageOf } from '../../model/errors.ts'

/** What one endpoint answered to one probe. */
export interface Answer {
  readonly endpoint: string
  readonly alive: boolean
  /** `answers HTTP 503`, `refused the connection`, … */
  readonly saw: string
}

/**
 * Asks one endpoint by its scheme: HTTP GET of its root for http and https, gRPC's health service for grpc and grpcs,
 * a TCP connection for all others. Anything that speaks is alive, whatever it says, save a gRPC server that calls
 * itself NOT_SERVING. Certificates are not checked: this asks whether it lives, not who it is. `timeout` in milliseconds.
 */
export async function ask(endpoint: string, timeout: number): Promise<Answer> {
  const address = addressOf(endpoint)
  if (!address) return { endpoint, alive: false, saw: 'is no address' }
  const signal = AbortSignal.timeout(timeout)
  try {
    return { endpoint, ...(await askBy(address, signal)) }
  } catch (error) {
    return { endpoint, alive: false, saw: signal.aborted ? `did not answer in ${timeout} ms` : faultOf(error) }
  }
}

type Saw = Omit<Answer, 'endpoint'>
type Address = Pick<Endpoint, 'scheme' | 'host' | 'port' | 'secure'>

function addressOf(endpoint: string): Address | undefined {
  const bare = parseAddress(endpoint)
  if (bare) return { ...bare, scheme: 'tcp', secure: false }
  const parsed = parseEndpoint(endpoint)
  return parsed.is === 'endpoint' ? parsed : undefined
}

function askBy(address: Address, signal: AbortSignal): Promise<Saw> {
  if (address.scheme === 'http' || address.scheme === 'https') return askHttp(address, signal)
  if (address.scheme === 'grpc' || address.scheme === 'grpcs') return askGrpc(address, signal)
  return askTcp(address, signal)
}

function askTcp({ host, port }: Address, signal: AbortSignal): Promise<Saw> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve({ alive: true, saw: 'accepts connections' })
    })
  })
}

function askHttp({ host, port, secure }: Address, signal: AbortSignal): Promise<Saw> {
  return new Promise((resolve, reject) => {
    const request = secure ? requestHttps : requestHttp
    const options = { host, port, path: '/', signal, agent: false as const, rejectUnauthorized: false }
    request(options, (response) => {
      response.destroy()
      resolve({ alive: true, saw: `answers HTTP ${response.statusCode}` })
    })
      .once('error', reject)
      .end()
  })
}

/** An empty HealthCheckRequest in gRPC's frame: not compressed, of length 0. */
const EMPTY_MESSAGE = Buffer.alloc(5)
/** HealthCheckResponse.status, field 1: NOT_SERVING. Source: grpc.health.v1. */
const NOT_SERVING = 2

function askGrpc({ host, port, secure }: Address, signal: AbortSignal): Promise<Saw> {
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
    const chunks: Buffer[] = []
    stream.once('error', reject)
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', () => {
      resolve(healthOf(Buffer.concat(chunks)))
      session.destroy()
    })
    stream.end(EMPTY_MESSAGE)
  })
}

/** A server without the health service answers an error, and lives. */
function healthOf(frame: Buffer): Saw {
  const [tag, status] = [frame[5], frame[6]]
  if (tag === 0x08 && status === NOT_SERVING) return { alive: false, saw: 'says NOT_SERVING' }
  return { alive: true, saw: tag === 0x08 ? 'says SERVING' : 'answers gRPC' }
}

function faultOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'refused the connection'
  if (code === 'ENOTFOUND') return 'has a host that no DNS knows'
  return `failed: ${messageOf(error)}`
}
