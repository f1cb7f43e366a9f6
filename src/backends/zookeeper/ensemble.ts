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
import { option } from '../../model/wording.ts'
import { type ZooKeeperCircumstances, explain } from './errors.ts'
import { NodeReader } from './nodes.ts'

/** Milliseconds for which the main session outlives its connection. It reads, and writes persistent nodes. */
const SESSION = 10_000

export interface EnsembleOptions extends Pick<SessionOptions, 'endpoints' | 'chroot' | 'tls' | 'login' | 'patience'> {
  readonly user: string | undefined
}

/** The servers of one ensemble: opens sessions with them and explains their failures. */
export class Ensemble {
  readonly chroot: string
  /** The session that reads, and writes nodes without a session. */
  readonly main: Session
  readonly reader: NodeReader
  /** The ACL of new nodes. As in Kratos: all rights for the user alone if there is one, otherwise for everyone. */
  readonly acl: readonly AclEntry[]
  readonly #options: EnsembleOptions
  readonly #about: ZooKeeperCircumstances
  readonly #fit: Fit
  /** The latest transaction that any of our sessions has seen. */
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

  /** Whether the servers accept a request of `bytes` bytes. May send a request of that size, which changes nothing. */
  takes(bytes: number, signal?: AbortSignal): Promise<boolean> {
    return this.#fit.takes(bytes, signal)
  }

  /** Notes a transaction that another session has written, so that later reads include it. */
  saw(zxid: bigint): void {
    if (zxid > this.#seen) this.#seen = zxid
  }

  /** Brings a session up to what our other sessions have written, perhaps through other servers. */
  async catchUp(session: Session, signal?: AbortSignal): Promise<void> {
    if (session.zxid < this.#seen) await session.request(sync('/'), signal)
  }

  /** Runs `act` and turns its failures into RollcallErrors. `doing` completes messages such as "no permission to …". */
  async explaining<T>(doing: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      throw this.explain(error, doing)
    }
  }

  explain(error: unknown, doing: string): unknown {
    return explain(error, doing, this.#about)
  }

  /** Throws `config` if the chroot does not exist: that is a typing error rather than an empty registry. */
  async requireChroot(signal?: AbortSignal): Promise<void> {
    if (this.chroot === '') return
    try {
      await this.main.request(exists('/'), signal)
    } catch (error) {
      if (!isServerError(error, ServerCode.noNode)) throw error
      throw new RollcallError('config', `zookeeper: there is no node ${this.chroot}, which the URL names as the root`, {
        hint: `check the path of the URL, or create the node; ${option('prefix')} sets what keys begin with`,
      })
    }
  }

  async close(): Promise<void> {
    await this.main.close()
  }
}

/** The default `jute.maxbuffer`: the bytes that every server accepts. */
export const USUAL = 0xfffff
/** Bytes of a change of the root's data, apart from path and data: ids, operation, lengths and version. */
const HEADER = 20
/** A version that no node has, so that a change which expects it is refused whatever its size. */
const NO_VERSION = -2

/**
 * Finds out how large a request the servers accept. They do not report their limit, and hang up when it is exceeded: so a
 * request of that size which changes nothing is sent on a separate connection.
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

  /** Bytes of the largest request that is known to be accepted. */
  get taken(): number {
    return this.#taken
  }

  async takes(bytes: number, signal?: AbortSignal): Promise<boolean> {
    if (bytes <= this.#taken) return true
    if (bytes >= this.#refused) return false
    const session = this.#open()
    try {
      // So that a failure of the next request is due to its size alone.
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

/** Accepts any answer of a server; throws everything else. */
function refusal(error: unknown): void {
  if (!isServerError(error)) throw error
}
