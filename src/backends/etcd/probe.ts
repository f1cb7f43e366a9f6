import { option } from '../../model/wording.ts'
import { type Socket, connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { placeOf } from '../contract/host-port.ts'
import { tlsOptions } from './tls.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../contract/socket-error.ts'
import type { Tls } from '../contract/tls.ts'

/** Why an endpoint cannot be used. `reason` follows the name of the endpoint in a sentence. */
export interface EndpointFinding {
  readonly code: 'unreachable' | 'wrong-server' | 'unauthenticated'
  readonly reason: string
  readonly hint?: string
}

const PATIENCE = 1_000
const ENOUGH = 1_024
const HTTP1_REQUEST = 'GET /version HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n'
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0'
const TLS_ALERT = 0x15

const NO_TLS: EndpointFinding = {
  code: 'wrong-server',
  reason: 'does not speak TLS',
  hint: 'write etcd:// instead of etcds://; etcd+srv:// uses TLS where there are _etcd-client-ssl records',
}
const ONLY_TLS: EndpointFinding = {
  code: 'wrong-server',
  reason: 'speaks TLS only',
  hint: 'write etcds:// instead of etcd://',
}
const wantsCertificate = (): EndpointFinding => ({
  code: 'unauthenticated',
  reason: 'wants a client certificate that it trusts',
  hint: `name one with ${option('tls.cert')} and ${option('tls.key')}`,
})

/**
 * Finds out why a gRPC connection failed, by opening another connection without gRPC. Undefined when that shows nothing
 * wrong with the endpoint.
 */
export function look(endpoint: string, tls: Tls | undefined): Promise<EndpointFinding | undefined> {
  return tls ? lookOverTls(endpoint, tls) : lookPlainly(endpoint)
}

async function lookPlainly(endpoint: string): Promise<EndpointFinding | undefined> {
  const { bytes, error, connected } = await ask(connect(placeOf(endpoint)), HTTP1_REQUEST, ENOUGH)
  if (error && !connected) return { code: 'unreachable', reason: connectionError(error) }
  const text = bytes.toString('latin1')
  if (bytes[0] === TLS_ALERT || /HTTPS (server|port)/i.test(text)) return ONLY_TLS
  if (text === '') return (await speaksTls(endpoint)) ? ONLY_TLS : undefined
  if (text.includes('"etcdserver"')) return undefined
  const reason = text.startsWith('HTTP/') ? 'is an HTTP server, not etcd' : 'is not an etcd server'
  return { code: 'wrong-server', reason, hint: 'check host and port: etcd serves its clients on port 2379' }
}

/** Whether the endpoint speaks TLS: etcd closes a plain connection to its TLS port without an answer. */
async function speaksTls(endpoint: string): Promise<boolean> {
  const socket = connectTls({ ...placeOf(endpoint), rejectUnauthorized: false, ALPNProtocols: ['h2'] })
  const { bytes, error } = await ask(socket, HTTP2_PREFACE, 1)
  return bytes.length > 0 || (error !== undefined && isAboutOurCertificate(error))
}

async function lookOverTls(endpoint: string, tls: Tls): Promise<EndpointFinding | undefined> {
  const socket = connectTls({ ...placeOf(endpoint), ...tlsOptions(endpoint, tls) })
  const { error } = await ask(socket, HTTP2_PREFACE, 1)
  if (!error) return undefined
  if (isAboutOurCertificate(error)) return wantsCertificate()
  if (isAboutTheirs(error)) return distrust(error)
  const plain = await lookPlainly(endpoint)
  return plain === ONLY_TLS || plain?.code === 'unreachable' ? plain : NO_TLS
}

function distrust(error: NodeJS.ErrnoException): EndpointFinding {
  const otherName = error.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
  const hint = otherName
    ? `say with ${option('tls.serverName')} whom it names`
    : `name its authority with ${option('tls.cacert')}`
  return { code: 'unreachable', reason: `has a certificate that is not trusted: ${error.message}`, hint }
}

interface Heard {
  readonly bytes: Buffer
  readonly connected: boolean
  readonly error?: NodeJS.ErrnoException
}

/** Sends `words` and reads until `enough` bytes have arrived, the connection ends, or a second has passed. */
function ask(socket: Socket, words: string, enough: number): Promise<Heard> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    let connected = false
    const done = (error?: NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      resolve({ bytes, connected, ...(error ? { error } : {}) })
      socket.destroy()
    }
    const timer = setTimeout(done, PATIENCE)
    socket.once('connect', () => {
      connected = true
    })
    socket.on('error', done)
    socket.once('close', () => done())
    socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more])
      if (bytes.length >= enough) done()
    })
    socket.write(words)
  })
}
