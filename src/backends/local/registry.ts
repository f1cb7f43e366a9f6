import { setTimeout as delay } from 'node:timers/promises'
import { isBusy, explained } from './sqlite-error.ts'
import { RollcallError } from '../../model/errors.ts'
import { Bell } from './watch.ts'
import type { SqliteConnection } from './sqlite.ts'
import { currentRevision, forget } from './history.ts'
import { nextExpiry, steadyTime, sweep } from './leases.ts'
import type { Connected, LocalPlace } from './place.ts'

interface ChangeOptions {
  /** Make the registry where there is none. */
  readonly create: boolean
  readonly signal?: AbortSignal
}

/** One registry and the rules for its use: who reads changes nothing, locks are waited for, errors are explained. */
export class LocalRegistry {
  readonly bell: Bell
  readonly #place: LocalPlace
  readonly #now: () => number
  readonly #steady: () => number
  readonly #closing = new AbortController()
  #main: Connected | undefined
  #written = false

  constructor(place: LocalPlace, now: () => number, steady = steadyTime) {
    this.#place = place
    this.#now = now
    this.#steady = steady
    this.bell = new Bell(place.log, () => this.#untilExpiry())
  }

  /** Aborted once the registry is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Throws for a file that can never be used. One that is not there yet, or empty, may become a registry. */
  async check(): Promise<void> {
    try {
      await this.read(() => {})
    } catch (error) {
      if (!(error instanceof RollcallError && error.code === 'unreachable')) throw error
    }
  }

  /** Makes the registry where there is none. */
  async create(signal?: AbortSignal): Promise<void> {
    await this.#patiently(() => void this.#connection(true), signal)
  }

  /** What `body` reads in one statement, or in a transaction of its own. */
  read<T>(body: (connection: SqliteConnection) => T, signal?: AbortSignal): Promise<T> {
    return this.#patiently(() => body(this.#connection(false)), signal)
  }

  /** All that `body` changes, or nothing. */
  change<T>(body: (connection: SqliteConnection) => T, { create, signal }: ChangeOptions): Promise<T> {
    return this.#patiently(() => {
      const connection = this.#connection(create)
      return this.#telling(connection, () => {
        sweep(connection, this.#now(), this.#steady())
        const result = body(connection)
        forget(connection)
        return result
      })
    }, signal)
  }

  /** Whether a second connection sees the same registry. */
  get shared(): boolean {
    return this.#place.shared
  }

  /** A connection of its own, for one who reads for longer. He must close it. */
  connect(signal?: AbortSignal): Promise<Connected> {
    return this.#patiently(() => this.#place.connect({ create: false }), signal)
  }

  /** False for a connection to a file that was deleted or replaced: it would swallow every change. */
  isCurrent({ fixed, identity }: Connected): boolean {
    return !fixed && identity === this.#place.identity()
  }

  /** What went wrong with this registry, for people. */
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

  /** One transaction; who watches is told when it has changed a record. */
  #telling<T>(connection: SqliteConnection, body: () => T): T {
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

  /** Milliseconds until a lease will run out. */
  #untilExpiry(): number | undefined {
    return attempt(() => {
      const now = this.#now()
      const next = nextExpiry(this.#connection(false), now)
      return next === undefined ? undefined : next - now
    })
  }
}

/** For what may fail without harm. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch {
    return undefined
  }
}

/** Milliseconds for which a locked file is tried again: far more than a queue of a hundred writers needs. */
const PATIENCE = 30_000
const LONGEST_PAUSE = 64

/** Tries again, at random intervals, while other processes hold the file. */
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
