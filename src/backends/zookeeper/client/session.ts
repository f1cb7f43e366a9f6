import { Attachment, type SessionOptions } from './attachment.ts'
import { ServerCode, Xid, isServerError } from './codes.ts'
import type { Connection, Reply } from './connection.ts'
import {
  ConnectionLoss,
  NeverSent,
  NoAnswer,
  NobodyServes,
  OldServer,
  SessionClosed,
  SessionExpired,
} from './failures.ts'
import { type Request, addWatch, closeSession, setWatches } from './requests.ts'
import { pause, within } from './waiting.ts'

const FIRST_DELAY = 50
/** A session that nobody renews lives for seconds only, also while its server starts: so it tries as often as ZooKeeper's own client. */
const LONGEST_DELAY = 1_000
/** Milliseconds to wait when closing. */
const PARTING = 1_000

/**
 * A session with an ensemble. It connects when first used, renews itself, and reconnects to another server when the
 * connection is lost, until it is closed. Requests that only read are sent again there, within their time.
 */
export class Session {
  readonly #options: SessionOptions
  readonly #attachment: Attachment
  readonly #closing = new AbortController()
  readonly #watched = new Set<string>()
  readonly #waiting = new Set<{ resolve(connection: Connection): void; reject(error: Error): void }>()
  #connection: Connection | undefined
  #running: Promise<void> | undefined
  #wake: () => void = () => {}
  #expired: SessionExpired | undefined
  #heardAt = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#attachment = new Attachment(options)
  }

  /** The id; undefined before the first connection and after the session has expired. */
  get id(): bigint | undefined {
    return this.#expired || this.#attachment.session === 0n ? undefined : this.#attachment.session
  }

  /** The timeout that the servers granted, in milliseconds. */
  get timeout(): number {
    return this.#attachment.timeout
  }

  /** The latest transaction that it has seen. */
  get zxid(): bigint {
    return this.#attachment.lastZxid
  }

  /** Milliseconds since the last answer of a server. */
  get silence(): number {
    return performance.now() - (this.#connection?.heardAt ?? this.#heardAt)
  }

  /**
   * Rejects with a ServerError, TooLarge, NoAnswer, NobodyServes, SessionExpired, SessionClosed, or the signal's reason;
   * for a change also with a ConnectionLoss, after which its outcome is unknown. A NoAnswer shows whether it was sent.
   */
  request<T>(request: Request<T>, signal?: AbortSignal): Promise<Reply<T>> {
    const { patience } = this.#options
    let wasSent = false
    const late = (): Error => new NoAnswer(this.#connection?.endpoint, patience, !wasSent)
    const answer = this.#ask(request, { end: performance.now() + patience, onSend: () => (wasSent = true) })
    return within(answer, { milliseconds: patience, late, signal })
  }

  /** Watches a node and everything below it, also after each new connection. Events go to `onEvent`. */
  async watch(path: string, signal?: AbortSignal): Promise<void> {
    await this.request(addWatch(path), signal)
    this.#watched.add(path)
  }

  /** Ends the session and its nodes, if a server can be reached. */
  async close(): Promise<void> {
    const goodbye = this.#connection?.send(closeSession()).then(({ zxid }) => this.#attachment.saw(zxid))
    const late = (): Error => new NoAnswer(this.#connection?.endpoint, PARTING)
    if (goodbye) await within(goodbye, { milliseconds: PARTING, late }).catch(() => {})
    await this.leave()
  }

  /** Ends only the connection: the servers keep the session and its nodes until its timeout. */
  async leave(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    this.#connection?.lose('it was closed here')
    this.#refuse(new SessionClosed('the session is closed'))
    await this.#running
  }

  async #ask<T>(
    request: Request<T>,
    { end, onSend }: { readonly end: number; readonly onSend: () => void },
  ): Promise<Reply<T>> {
    for (;;) {
      const connection = await this.#connected()
      onSend()
      try {
        const reply = await connection.send(request)
        this.#attachment.saw(reply.zxid)
        return reply
      } catch (error) {
        // A server that does not know an operation hangs up after its answer; later requests must not be affected by that.
        if (isServerError(error, ServerCode.unimplemented))
          connection.lose(new OldServer(connection.endpoint, 'it does not know the operation'))
        const isHarmless = !request.changes || error instanceof NeverSent
        const again = error instanceof ConnectionLoss && isHarmless && performance.now() < end
        if (!again || this.#closing.signal.aborted) throw error
      }
    }
  }

  #connected(): Promise<Connection> {
    if (this.#expired) return Promise.reject(this.#expired)
    if (this.#closing.signal.aborted) return Promise.reject(new SessionClosed('the session is closed'))
    if (this.#connection) return Promise.resolve(this.#connection)
    return new Promise((resolve, reject) => {
      this.#waiting.add({ resolve, reject })
      this.#running ??= this.#run()
      this.#wake()
    })
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (let failed = 0; !signal.aborted && !this.#expired; ) {
      try {
        const loss = await this.#serve(await this.#attachment.attach(signal))
        failed = 0
        if (!signal.aborted) this.#options.onLink?.('down', loss)
      } catch (error) {
        if (error instanceof SessionExpired) this.#expired = error
        else if (!(error instanceof NobodyServes)) throw error
        this.#refuse(error)
        if (signal.aborted || this.#expired) break
        this.#options.onLink?.('down', error)
        // A part is left to chance, so that a crowd spreads out.
        await this.#rest(Math.min(FIRST_DELAY * 2 ** failed++, LONGEST_DELAY) * (0.5 + Math.random() / 2))
      }
    }
  }

  /** Uses a connection until it is lost. */
  async #serve(connection: Connection): Promise<ConnectionLoss> {
    if (this.#watched.size > 0)
      connection.send(setWatches([...this.#watched], this.zxid), Xid.setWatches).catch(() => {}) // lost: on the next one
    this.#connection = connection
    this.#options.onLink?.('up')
    for (const waiter of this.#waiting) waiter.resolve(connection)
    this.#waiting.clear()
    if (this.#closing.signal.aborted) connection.lose('it was closed here')
    const loss = await connection.ended
    this.#connection = undefined
    this.#heardAt = connection.heardAt
    return loss
  }

  #refuse(error: Error): void {
    for (const waiter of this.#waiting) waiter.reject(error)
    this.#waiting.clear()
  }

  /** Resolves when the time is over or a request is made. */
  async #rest(milliseconds: number): Promise<void> {
    const wake = new AbortController()
    this.#wake = () => wake.abort()
    await pause(milliseconds, wake.signal)
    this.#wake = () => {}
  }
}
