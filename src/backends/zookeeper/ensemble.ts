import { RollcallError } from '../../model/errors.ts'
import {
  type AclEntry,
  ANYONE,
  CREATOR,
  exists,
  isServerError,
  ServerCode,
  Session,
  type SessionOptions,
  sync,
} from './client/index.ts'
import { type Circumstances, explain } from './errors.ts'
import { Fit } from './fit.ts'
import { Reader } from './reader.ts'

/** Milliseconds that the session outlives its connection which reads, and writes what belongs to nobody. */
const SESSION = 10_000

export interface EnsembleOptions extends Pick<SessionOptions, 'endpoints' | 'chroot' | 'tls' | 'login' | 'patience'> {
  readonly user: string | undefined
}

/** The servers together: sessions with them, and what their failures mean. */
export class Ensemble {
  readonly chroot: string
  /** Reads, and writes what hangs on no session. */
  readonly main: Session
  readonly reader: Reader
  /** Who may do what with the nodes that are made here: as Kratos has it, the user alone where there is one. */
  readonly acl: readonly AclEntry[]
  readonly #options: EnsembleOptions
  readonly #about: Circumstances
  readonly #fit: Fit
  /** The last transaction that any of our sessions has seen. */
  #seen = 0n

  constructor(options: EnsembleOptions) {
    const { chroot, endpoints, user, login, tls } = options
    this.#options = options
    this.#about = { endpoints, user, secure: tls !== undefined }
    this.chroot = chroot
    this.acl = login ? CREATOR : ANYONE
    this.#fit = new Fit(chroot, () => new Session({ ...options, timeout: SESSION, renew: true }))
    this.main = this.open({ timeout: SESSION, renew: true })
    this.reader = new Reader(this.main)
  }

  open(options: Pick<SessionOptions, 'timeout' | 'renew' | 'onEvent' | 'onLink'>): Session {
    return new Session({ ...this.#options, largest: () => this.#fit.taken, ...options })
  }

  /** Whether the servers take a request of so many bytes. May send something of that size, which changes nothing. */
  takes(bytes: number, signal?: AbortSignal): Promise<boolean> {
    return this.#fit.takes(bytes, signal)
  }

  /** To be told of what another session wrote: what is read here later includes it. */
  saw(zxid: bigint): void {
    if (zxid > this.#seen) this.#seen = zxid
  }

  /** Brings a session up to what was written by others of ours, which may be with other servers. */
  async catchUp(session: Session, signal?: AbortSignal): Promise<void> {
    if (session.zxid < this.#seen) await session.request(sync('/'), signal)
  }

  /** Does it, and throws what a failure means to people. */
  async told<T>(doing: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      throw this.explain(error, doing)
    }
  }

  explain(error: unknown, doing: string): unknown {
    return explain(error, doing, this.#about)
  }

  /** A chroot that is not there is a typing error, and no empty registry. */
  async requireChroot(signal?: AbortSignal): Promise<void> {
    if (this.chroot === '') return
    try {
      await this.main.request(exists('/'), signal)
    } catch (error) {
      if (!isServerError(error, ServerCode.noNode)) throw error
      throw new RollcallError('config', `zookeeper: there is no node ${this.chroot}, which the URL names as the root`, {
        hint: 'look at the path of the URL, or make the node; what keys begin with is --prefix',
      })
    }
  }

  async close(): Promise<void> {
    await this.main.close()
  }
}
