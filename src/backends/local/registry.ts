import { setTimeout as delay } from 'node:timers/promises'
import { isBusy, explained } from './sqlite-error.ts'
import { RollcallError } from '../../model/errors.ts'
import { Bell } from './watch.ts'
import type { SqliteConnection } from './sqlite.ts'
import { currentRevision, forget } from './history.ts'
import { nextExpiry, steadyTime, sweep } from './leases.ts'
import type { Connected, LocalPlace } from './place.ts'

export interface ChangeOptions {
  /** Create the registry if there is none. */
  readonly create: boolean
  readonly signal?: AbortSignal
}

/** One embedded registry: reading never changes it, locked files are retried, and errors of SQLite are explained. */
export class LocalRegistry {
  readonly bell: Bell
  readonly #place: LocalPlace
  readonly #now: () => number
  readonly #steady: () => number
  readonly #closing = new AbortController()
  #main: Connected | undefined
  #written = false

  constructor(place: LocalPlace, now: () => number, steady: () => number = steadyTime) {
    this.#place = place
    this.#now = now
    this.#steady = steady
    this.bell = new Bell(place.log, () => this.#untilExpiry())
  }

  /** Aborted once the registry is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Whether it is there. Throws for a file that can never be used. A missing or empty file can become a registry. */
  async exists(): Promise<boolean> {
    try {
      await this.read(() => {})
      return true
    } catch (error) {
      if (error instanceof RollcallError && error.code === 'unreachable') return false
      throw error
    }
  }

  /** Creates the registry if there is none. */
  async create(signal?: AbortSignal): Promise<void> {
    await this.#patiently(() => void this.#connection(true), signal)
  }

  /**
   * Runs `body`, which reads in one statement or in a transaction of its own. Throws `unreachable` when there is no
   * registry.
   */
  read<T>(body: (connection: SqliteConnection) => T, signal?: AbortSignal): Promise<T> {
    return this.#patiently(() => body(this.#connection(false)), signal)
  }

  /** Runs `body` in a transaction: all of its changes are made, or none. */
  change<T>(body: (connection: SqliteConnection) => T, { create, signal }: ChangeOptions): Promise<T> {
    return this.#patiently(() => {
      const connection = this.#connection(create)
      return this.#announcing(connection, () => {
        sweep(connection, this.#now(), this.#steady())
        const result = body(connection)
        forget(connection)
        return result
      })
    }, signal)
  }

  /** Whether a second connection opens the same registry. */
  get shared(): boolean {
    return this.#place.shared
  }

  /** Opens a separate connection for a long read. The caller must close it. */
  connect(signal?: AbortSignal): Promise<Connected> {
    return this.#patiently(() => this.#place.connect({ create: false }), signal)
  }

  /**
   * Whether a connection still belongs to the file in place. One to a deleted or replaced file would swallow every
   * change.
   */
  isCurrent({ fixed, identity }: Connected): boolean {
    return !fixed && identity === this.#place.identity()
  }

  /** The RollcallError for an error of SQLite; any other error unchanged. */
  explain(error: unknown): unknown {
    return explained(error, this.#place.path)
  }

  close(): void {
    if (this.closed.aborted) return
    this.#closing.abort()
    this.#disconnect()
  }

  async #patiently<T>(body: () => T, signal?: AbortSignal): Promise<T> {
    try {
      return await patiently(body, signal)
    } catch (error) {
      throw this.explain(error)
    }
  }

  #connection(create: boolean): SqliteConnection {
    if (this.closed.aborted) throw new RollcallError('interrupted', `${this.#place.path} is closed`)
    if (this.#main && !this.isCurrent(this.#main)) this.#disconnect()
    this.#main ??= this.#place.connect({ create })
    return this.#main.connection
  }

  #disconnect(): void {
    const connection = this.#main?.connection
    this.#main = undefined
    if (this.#written) attempt(() => connection?.checkpoint())
    this.#written = false
    connection?.close()
  }

  /** Runs one transaction and wakes the watchers if it has changed a record. */
  #announcing<T>(connection: SqliteConnection, body: () => T): T {
    const { result, changed } = connection.writing(() => {
      const before = currentRevision(connection)
      return { result: body(), changed: currentRevision(connection) > before }
    })
    this.#written = true
    if (changed) {
      attempt(() => this.#place.announce())
      this.bell.ring()
    }
    return result
  }

  /** Milliseconds until the next lease expires. */
  #untilExpiry(): number | undefined {
    return attempt(() => {
      const now = this.#now()
      const next = nextExpiry(this.#connection(false), now)
      return next === undefined ? undefined : next - now
    })
  }
}

/** The result of `body`; undefined when it fails, for steps that are only an optimisation. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch {
    return undefined
  }
}

/** Milliseconds for which a locked file is retried: far more than a queue of a hundred writers needs. */
const PATIENCE = 30_000
const LONGEST_PAUSE = 64

/** Retries at random intervals while other processes lock the file. Throws the last error, or the signal's reason. */
export async function patiently<T>(act: () => T, signal?: AbortSignal): Promise<T> {
  const end = performance.now() + PATIENCE
  for (let pause = 2; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    signal?.throwIfAborted()
    try {
      return act()
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error
    }
    await delay(Math.random() * pause, undefined, { signal }).catch(() => {})
  }
}
