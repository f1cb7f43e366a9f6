import {
  ConnectionLoss,
  isServerError,
  NoAnswer,
  only,
  Session,
  setData,
  type AclEntry,
  ANYONE,
  CREATOR,
  exists,
  ServerCode,
  type SessionOptions,
  sync,
} from './client/index.ts'
import { RollcallError } from '../../model/errors.ts'
import { type ZooKeeperCircumstances, explain } from './errors.ts'
import { NodeReader } from './nodes.ts'

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
  readonly reader: NodeReader
  /** Who may do what with the nodes that are made here: as Kratos has it, the user alone where there is one. */
  readonly acl: readonly AclEntry[]
  readonly #options: EnsembleOptions
  readonly #about: ZooKeeperCircumstances
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
    this.reader = new NodeReader(this.main)
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

/** `jute.maxbuffer` of a server that was told nothing else: so much every server takes. */
export const USUAL = 0xfffff
/** Of a change of the root's data, beside its path and the data: ids, operation, lengths and version. */
const HEADER = 20
/** No node has this version, so that a change which wants it is refused whatever its size. */
const NO_VERSION = -2

/**
 * Whether servers take a request of so many bytes. They tell nobody what they take, and hang up when it is too much: so
 * something as large is sent that changes nothing, on a connection of its own.
 */
export class Fit {
  readonly #open: () => Session
  readonly #header: number
  #taken = USUAL
  #refused = Infinity

  constructor(chroot: string, open: () => Session) {
    this.#open = open
    this.#header = HEADER + Buffer.byteLength(chroot || '/')
  }

  /** Bytes of the largest request that is known to be taken. */
  get taken(): number {
    return this.#taken
  }

  async takes(bytes: number, signal?: AbortSignal): Promise<boolean> {
    if (bytes <= this.#taken) return true
    if (bytes >= this.#refused) return false
    const session = this.#open()
    try {
      // So that what comes of the next request is due to the request alone.
      await session.request(only(setData('/', new Uint8Array(), NO_VERSION)), signal).catch(refusal)
      await session.request(only(setData('/', new Uint8Array(bytes - this.#header), NO_VERSION)), signal).catch(refusal)
      this.#taken = bytes
      return true
    } catch (error) {
      if (!(error instanceof ConnectionLoss || error instanceof NoAnswer)) throw error
      this.#refused = bytes
      return false
    } finally {
      await session.leave()
    }
  }
}

/** An answer, whatever it says. */
function refusal(error: unknown): void {
  if (!isServerError(error)) throw error
}
