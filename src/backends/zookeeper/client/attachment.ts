import { Connection } from './connection.ts'
import { ConnectionLoss, NobodyServes, SessionExpired } from './failures.ts'
import type { Welcome } from './handshake.ts'
import { type Login, logIn } from './login.ts'
import type { ServerTls } from './place.ts'

export interface SessionOptions {
  /** `host:port` each, at least one; tried in an order of chance. */
  readonly endpoints: readonly string[]
  /** What all paths lie below; empty for none. */
  readonly chroot: string
  readonly tls: ServerTls | undefined
  readonly login: Login | undefined
  /** Milliseconds that the session should outlive its connection. */
  readonly timeout: number
  /** Milliseconds that a request may take. */
  readonly patience: number
  /** Bytes of the largest request that is sent; larger ones are answered with TooLarge. Left out: any. */
  readonly largest?: () => number
  /** Whether another session takes the place of one that has expired. */
  readonly renew: boolean
  readonly onEvent?: (path: string) => void
  readonly onLink?: (state: 'up' | 'down', reason?: Error) => void
}

const NO_PASSWORD = Buffer.alloc(16)

/** A session as the servers know it, and the way to attach it to one of them. */
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

  /** Tries each server once. Rejects with NobodyServes, or with SessionExpired where no other may take its place. */
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
