import { Connection } from './connection.ts'
import { ConnectionLoss, NobodyServes, SessionExpired } from './failures.ts'
import type { Welcome } from './handshake.ts'
import { type SessionLogin, logIn } from './login.ts'
import type { SocketTls } from './place.ts'

export interface SessionOptions {
  /** `host:port` each, at least one; tried in random order. */
  readonly endpoints: readonly string[]
  /** The node below which all paths lie; empty for none. */
  readonly chroot: string
  readonly tls: SocketTls | undefined
  readonly login: SessionLogin | undefined
  /** Milliseconds for which the session should outlive its connection. */
  readonly timeout: number
  /** Milliseconds for one request. */
  readonly patience: number
  /** Bytes of the largest request that can be sent; larger ones are rejected with TooLarge. Left out: no limit. */
  readonly largest?: () => number
  /** Whether an expired session is replaced by a new one. */
  readonly renew: boolean
  readonly onEvent?: (path: string) => void
  readonly onLink?: (state: 'up' | 'down', reason?: Error) => void
}

const NO_PASSWORD = Buffer.alloc(16)

/** The state of a session on the servers, and how to attach it to one of them. */
export class Attachment {
  readonly #options: SessionOptions
  readonly #endpoints: readonly string[]
  #next = 0
  #password: Uint8Array = NO_PASSWORD
  session = 0n
  timeout = 0
  lastZxid = 0n

  constructor(options: SessionOptions) {
    this.#options = options
    this.#endpoints = shuffled(options.endpoints)
  }

  saw(zxid: bigint): void {
    if (zxid > this.lastZxid) this.lastZxid = zxid
  }

  /**
   * Tries each server once. Rejects with NobodyServes, or with SessionExpired if an expired session is not to be
   * replaced.
   */
  async attach(signal: AbortSignal): Promise<Connection> {
    const losses: ConnectionLoss[] = []
    while (losses.length < this.#endpoints.length && !signal.aborted) {
      const endpoint = this.#endpoints[this.#next++ % this.#endpoints.length] ?? ''
      try {
        return await this.#attachTo(endpoint, signal)
      } catch (error) {
        if (!(error instanceof ConnectionLoss)) throw error
        losses.push(error)
      }
    }
    throw new NobodyServes(losses)
  }

  async #attachTo(endpoint: string, signal: AbortSignal): Promise<Connection> {
    const { tls, chroot, login, renew, largest, onEvent = () => {} } = this.#options
    const patience = Math.max(200, (this.#options.patience * 0.8) / this.#endpoints.length)
    for (;;) {
      const { connection, welcome } = await Connection.open(
        { endpoint, tls, chroot, patience, largest, onEvent, signal },
        {
          lastZxid: this.lastZxid,
          timeout: this.#options.timeout,
          session: this.session,
          password: this.#password,
        },
      )
      if (welcome.timeout > 0) {
        this.#adopt(welcome)
        if (login) await logIn(connection, login)
        connection.keepAlive(welcome.timeout)
        return connection
      }
      connection.lose('it does not know the session')
      if (!renew) throw new SessionExpired('the servers have forgotten the session')
      this.session = 0n
      this.#password = NO_PASSWORD
    }
  }

  #adopt({ session, password, timeout }: Welcome): void {
    this.session = session
    this.#password = password
    this.timeout = timeout
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items]
  return items.flatMap(() => rest.splice(Math.floor(Math.random() * rest.length), 1))
}
