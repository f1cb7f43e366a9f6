import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { messageOf } from '../../model/errors.ts'
import type { Tls } from '../contract/tls.ts'
import { CallFailure, Status, wasClosed } from './calls.ts'
import { KEEPALIVE, KEEPALIVE_TIMEOUT, WINDOW } from './limits.ts'
import { placeOf } from '../contract/host-port.ts'
import { tlsOptions } from './tls.ts'

/** Milliseconds for one of several addresses of a host. Node's own 250 are too few for a distant one. */
const ADDRESS_TIMEOUT = 2_000

interface Opening {
  readonly socket: Socket
  readonly http2: ClientHttp2Session
  readonly session: Promise<EtcdSession>
  isOpen: boolean
}

/**
 * The HTTP/2 connection to one endpoint. It is opened for the first request and, once it is lost or the server has said
 * goodbye, again for the next one.
 */
export class EtcdConnection implements Disposable {
  readonly endpoint: string
  readonly #tls: Tls | undefined
  readonly #timeout: number
  #current: Opening | undefined
  #isClosed = false

  /** `timeout`: milliseconds for an attempt to connect. */
  constructor(endpoint: string, tls: Tls | undefined, timeout: number) {
    this.endpoint = endpoint
    this.#tls = tls
    this.#timeout = timeout
  }

  /** The connection, once the server has answered that it speaks HTTP/2. Rejects with a CallFailure that was never sent. */
  open(): Promise<EtcdSession> {
    if (this.#isClosed) return Promise.reject(wasClosed(this.endpoint))
    if (this.#current && isOver(this.#current.http2)) this.#current = undefined
    this.#current ??= this.#connect()
    return this.#current.session
  }

  /** Whether `open` resolves at once, so that no time limit is needed: it would be one more timer for each of thousands of calls. */
  get isOpen(): boolean {
    return this.#current !== undefined && this.#current.isOpen && !isOver(this.#current.http2)
  }

  neverSent(error: unknown, code: number = Status.unavailable): CallFailure {
    return new CallFailure(this.endpoint, {
      code,
      details: `No connection established. Last error: ${reasonOf(error)}`,
    })
  }

  #connect(): Opening {
    const socket = this.#socket()
    const http2 = connectHttp2(`${this.#tls ? 'https' : 'http'}://${this.endpoint}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW },
      // Node's own limit of 10 MB would refuse streams while some pages are on their way.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    })
    const session = new Promise<EtcdSession>((resolve, reject) => {
      const failed = (error: Error, code?: number): void => {
        clearTimeout(timer)
        http2.destroy(error)
        socket.destroy()
        reject(this.neverSent(error, code))
      }
      const late = (): void => failed(new Error('no answer in time'), Status.deadlineExceeded)
      const timer = setTimeout(late, this.#timeout)
      // A server that wants a client certificate refuses after the handshake, which Node's session does not notice.
      socket.on('error', (error) => failed(error))
      http2.on('error', (error) => failed(error))
      http2.once('close', () => failed(new Error('the server closed the connection')))
      http2.once('connect', () => {
        if (!http2.destroyed) http2.setLocalWindowSize(WINDOW) // Node reports a connection that was given up, too
      })
      http2.once('remoteSettings', () => {
        clearTimeout(timer)
        resolve(new EtcdSession(http2))
      })
    })
    const opening: Opening = { socket, http2, session, isOpen: false }
    const opened = (): void => {
      opening.isOpen = true
    }
    session.then(opened, () => {}) // whoever waited for it may have given up
    return opening
  }

  #socket(): Socket {
    const place = { ...placeOf(this.endpoint), autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT }
    const socket = this.#tls ? connectTls({ ...place, ...tlsOptions(this.endpoint, this.#tls) }) : connectPlain(place)
    return socket.setNoDelay(true)
  }

  /** @throws CallFailure after it was closed */
  requireOpen(): void {
    if (this.#isClosed) throw wasClosed(this.endpoint)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#current?.http2.destroy()
    this.#current?.socket.destroy() // the session would wait for the server to hang up too
  }
}

/** Whether a connection takes no more streams. The server may have said goodbye. */
function isOver(http2: ClientHttp2Session): boolean {
  return http2.closed || http2.destroyed
}

/** An open connection. It holds the process, and is checked by pings, only while there are streams on it. */
export class EtcdSession {
  readonly #session: ClientHttp2Session
  #streams = 0
  #pings: NodeJS.Timeout | undefined

  constructor(session: ClientHttp2Session) {
    this.#session = session
    session.once('close', () => clearInterval(this.#pings))
    session.unref()
  }

  /** Opens a stream. Throws when the connection no longer takes any. */
  request(headers: Record<string, string>): ClientHttp2Stream {
    const stream = this.#session.request(headers)
    if (this.#streams++ === 0) this.#begin()
    stream.once('close', () => {
      if (--this.#streams === 0) this.#rest()
    })
    return stream
  }

  #begin(): void {
    this.#session.ref()
    this.#pings = setInterval(() => this.#ping(), KEEPALIVE)
  }

  #rest(): void {
    clearInterval(this.#pings)
    if (!this.#session.destroyed) this.#session.unref()
  }

  #ping(): void {
    const session = this.#session
    if (session.destroyed) return
    const lost = setTimeout(() => session.destroy(new Error('no answer to a ping')), KEEPALIVE_TIMEOUT)
    lost.unref()
    session.ping(() => clearTimeout(lost))
  }
}

/** Several addresses that all failed have an error without a text. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof AggregateError ? error.errors[0] : error)
}
