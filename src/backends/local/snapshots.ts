import { setImmediate as pause } from 'node:timers/promises'
import type { KeyRange, StorePage, StoreScanOptions } from '../kv/store.ts'
import type { SqliteConnection } from './sqlite.ts'
import { currentRevision, isKept } from './history.ts'
import type { Connected } from './place.ts'
import { pages } from './records.ts'
import type { LocalRegistry } from './registry.ts'

const PAGE_SIZE = 1_000
/** Milliseconds for which a state that was read is kept, for readers that ask for the same revision. */
const KEPT = 1_000

/** One state of the registry, held by a read transaction while others write. */
interface Snapshot {
  readonly connected: Connected
  readonly revision: string
  /** When it was opened, in milliseconds since 1970. Leases are judged by that time, since heartbeats have no revision. */
  readonly time: number
}

/** The states of one registry that are being read, and the latest that was. */
export class Snapshots {
  readonly #registry: LocalRegistry
  readonly #now: () => number
  readonly #open = new Set<Snapshot>()
  #kept: Snapshot | undefined
  /** The latest state that was read, for readers that continue at its revision. */
  #last: { readonly revision: string; readonly time: number } | undefined
  #timer: NodeJS.Timeout | undefined
  /** The connection of a state that was let go, for the next read. */
  #idle: Connected | undefined

  constructor(registry: LocalRegistry, now: () => number) {
    this.#registry = registry
    this.#now = now
  }

  scan(range: KeyRange, options: StoreScanOptions): AsyncGenerator<StorePage> {
    return this.#registry.shared ? this.#scanSnapshot(range, options) : this.#scanAtOnce(range, options)
  }

  /**
   * Lets the kept state go. Before each change: the log is moved into the file and begun again only while nobody reads in it, so it
   * would grow for as long as one process reads and writes in turn.
   */
  letGo(): void {
    const kept = this.#takeKept()
    if (!kept) return
    this.#leave(kept)
    this.#closeIdle()
    this.#idle = kept.connected
    this.#timer = setTimeout(() => this.#closeIdle(), KEPT).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closeIdle()
    for (const snapshot of this.#open) this.#end(snapshot)
  }

  #closeIdle(): void {
    this.#idle?.connection.close()
    this.#idle = undefined
  }

  #takeIdle(): Connected | undefined {
    if (this.#idle && !this.#registry.isCurrent(this.#idle)) this.#closeIdle()
    const idle = this.#idle
    this.#idle = undefined
    return idle
  }

  async *#scanSnapshot(range: KeyRange, options: StoreScanOptions): AsyncGenerator<StorePage> {
    const { pageSize = PAGE_SIZE, limit = Infinity, revision, tables, signal } = options
    const snapshot = await this.#begin(revision, signal)
    try {
      const { connection } = snapshot.connected
      const at = earlier(connection, snapshot.revision === revision ? undefined : revision)
      const now = at === undefined ? snapshot.time : this.#timeOf(at)
      for (const page of pages(connection, range, { now, pageSize, limit, at, tables })) {
        yield page
        await pause()
        signal?.throwIfAborted()
      }
    } catch (error) {
      throw this.#registry.explain(error)
    } finally {
      this.#keep(snapshot)
    }
  }

  /** Reads all pages at once: with a single connection nothing can be written during a read, so it must be short. */
  async *#scanAtOnce(range: KeyRange, options: StoreScanOptions): AsyncGenerator<StorePage> {
    const { pageSize = PAGE_SIZE, limit = Infinity, revision, signal } = options
    const all = await this.#registry.read(
      (connection) =>
        connection.reading(() => {
          const at = earlier(connection, revision)
          if (at === undefined) this.#last = { revision: String(currentRevision(connection)), time: this.#now() }
          const now = at === undefined ? this.#now() : this.#timeOf(at)
          return [...pages(connection, range, { now, pageSize, limit, at })]
        }),
      signal,
    )
    for (const page of all) {
      signal?.throwIfAborted()
      yield page
    }
  }

  /** Opens the state of that revision if it is still kept, otherwise the present state. */
  async #begin(revision?: string, signal?: AbortSignal): Promise<Snapshot> {
    const current = String(await this.#registry.read(currentRevision, signal))
    const kept = this.#takeKept()
    const isFresh = kept?.revision === current && this.#now() - kept.time < KEPT
    if (kept && (kept.revision === revision || isFresh)) return kept
    if (kept) this.#leave(kept)
    const connected = kept?.connected ?? this.#takeIdle() ?? (await this.#registry.connect(signal))
    const snapshot = { connected, revision: this.#revisionIn(connected.connection), time: this.#now() }
    this.#open.add(snapshot)
    this.#last = snapshot
    return snapshot
  }

  /** Begins a read transaction and returns its revision. */
  #revisionIn(connection: SqliteConnection): string {
    try {
      connection.keepLittle()
      connection.exec('BEGIN')
      return String(currentRevision(connection))
    } catch (error) {
      connection.close()
      throw this.#registry.explain(error)
    }
  }

  /** When this process read that revision, so that leases expired at that time stay hidden; 0 if it did not, or long ago. */
  #timeOf(revision: number): number {
    return this.#last?.revision === String(revision) ? this.#last.time : 0
  }

  #takeKept(): Snapshot | undefined {
    const kept = this.#kept
    if (!kept) return undefined
    if (!this.#registry.isCurrent(kept.connected)) {
      this.#end(kept)
      return undefined
    }
    this.#kept = undefined
    clearTimeout(this.#timer)
    return kept
  }

  #keep(snapshot: Snapshot): void {
    if (!this.#open.has(snapshot)) return
    if (this.#kept) this.#end(this.#kept)
    this.#closeIdle()
    clearTimeout(this.#timer)
    this.#kept = snapshot
    this.#timer = setTimeout(() => this.#end(snapshot), KEPT).unref()
  }

  #end(snapshot: Snapshot): void {
    if (!this.#open.has(snapshot)) return
    if (this.#kept === snapshot) this.#kept = undefined
    this.#leave(snapshot)
    snapshot.connected.connection.close()
  }

  #leave(snapshot: Snapshot): void {
    this.#open.delete(snapshot)
    snapshot.connected.connection.rollback()
  }
}

/** The revision asked for, if its state can still be read. Otherwise the present state is read, as its pages show. */
function earlier(connection: SqliteConnection, revision: string | undefined): number | undefined {
  const at = Number(revision)
  return Number.isSafeInteger(at) && isKept(connection, at) ? at : undefined
}
