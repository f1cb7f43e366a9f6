import { type AddressInfo, type Server, type Socket, createServer as createTcp } from 'node:net'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createSecureServer, createServer as createHttp2, type ServerHttp2Stream } from 'node:http2'
import { readFile } from 'node:fs/promises'
import { Authority } from '../../servers/certificates.ts'
import { freePorts } from '../../servers/ports.ts'

/** Something that listens on 127.0.0.1 until it is disposed of. */
export interface Speaker extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string
}

/** Says nothing, and is told of each connection. */
export function tcp(port = 0, onConnection: (socket: Socket) => void = () => {}): Promise<Speaker> {
  return listening(
    createTcp((socket) => onConnection(socket.on('error', () => {}))),
    port,
  )
}

/** Speaks neither HTTP nor TLS. */
export function babble(): Promise<Speaker> {
  return listening(createTcp((socket) => socket.on('error', () => {}).end('220 mail ready\r\n')))
}

export function http(status: number): Promise<Speaker> {
  return listening(createHttp((_, response) => response.writeHead(status).end()))
}

export async function https(): Promise<Speaker> {
  return listening(createHttps(await certificate(), (_, response) => response.end()))
}

/** TLS 1.2 at most, and only for clients with a certificate: it refuses the handshake of all others. */
export async function httpsWithClientCertificates(): Promise<Speaker> {
  const options = {
    ...(await certificate()),
    maxVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: true,
  } as const
  return listening(createHttps(options, (_, response) => response.end()))
}

/** TLS of a version that clients of today refuse to speak. */
export async function oldTls(): Promise<Speaker> {
  const options = {
    ...(await certificate()),
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1',
    ciphers: 'ALL@SECLEVEL=0',
  } as const
  return listening(createHttps(options, (_, response) => response.end()))
}

/** Takes each connection and ends it at once, without a word; with `word`, after it. */
export function hangsUp(word?: string): Promise<Speaker> {
  return tcp(0, (socket) => (word === undefined ? socket.destroy() : socket.end(word)))
}

/** HTTP/2 that is no gRPC. */
export function http2(status: number): Promise<Speaker> {
  return listening(
    createHttp2().on('stream', (stream) => {
      stream.on('error', () => {}).respond({ ':status': status }, { endStream: true })
    }),
  )
}

/** A gRPC server; `health` is its answer to the health service, an error where it has none. */
export function grpc(health?: 'SERVING' | 'NOT_SERVING'): Promise<Speaker> {
  return listening(createHttp2().on('stream', (stream) => answer(stream, health)))
}

export async function grpcs(clientCertificates = false): Promise<Speaker> {
  const options = { ...(await certificate()), requestCert: clientCertificates, rejectUnauthorized: clientCertificates }
  return listening(createSecureServer(options).on('stream', (stream) => answer(stream, 'SERVING')))
}

/** A port that nobody listens on. */
export async function closed(): Promise<string> {
  return `127.0.0.1:${(await freePorts(1))[0]}`
}

function answer(stream: ServerHttp2Stream, health: 'SERVING' | 'NOT_SERVING' | undefined): void {
  stream.on('error', () => {})
  const headers = { ':status': 200, 'content-type': 'application/grpc' }
  if (health === undefined) {
    stream.respond({ ...headers, 'grpc-status': '12' }, { endStream: true })
    return
  }
  stream.respond(headers, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, health === 'SERVING' ? 1 : 2]))
}

async function certificate() {
  const authority = await Authority.create()
  try {
    const { cert, key } = await authority.issue('speaker')
    return { cert: await readFile(cert), key: await readFile(key), ca: await readFile(authority.cacert) }
  } finally {
    await authority.remove()
  }
}

async function listening(server: Pick<Server, 'listen' | 'close' | 'address' | 'on'>, port = 0): Promise<Speaker> {
  const open = new Set<{ destroy(): unknown }>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
