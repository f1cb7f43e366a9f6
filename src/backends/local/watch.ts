import type { KeyRange, StoreChange, StoreEvent } from '../kv/store.ts'
import { type SqliteConnection, bytesOf, recordOf, type Row } from './sqlite.ts'
import type { Stretch } from './history.ts'
import { type FSWatcher, watch } from 'node:fs'

export interface WatchSource {
  readonly bell: Bell
  /** Ends the watch without an error. */
  readonly signal: AbortSignal
  /** Reads the next changes after a revision. */
  read(revision: number): Promise<Stretch>
}

/**
 * The changes after a revision, until the signal is aborted. They are read from the history only as fast as the caller takes
 * them, so a slow reader costs no memory.
 */
export async function* changesFrom(revision: number, source: WatchSource): AsyncGenerator<StoreEvent> {
  const { bell, signal } = source
  let position = revision
  let rung = true
  let wake: (() => void) | undefined
  const hear = (): void => {
    rung = true
    wake?.()
  }
  const stopListening = bell.listen(hear)
  signal.addEventListener('abort', hear)
  // The watcher may have stopped without closing the generator, and will take nothing more.
  signal.addEventListener('abort', stopListening, { once: true })
  try {
    while (!signal.aborted) {
      rung = false
      const stretch = await source.read(position)
      for (const group of stretch.revisions) {
        if (signal.aborted) return
        yield { is: 'changes', ...group }
      }
      if (stretch.upTo > position && stretch.revisions.length === 0)
        yield { is: 'progress', revision: String(stretch.upTo) }
      position = stretch.upTo
      if (stretch.last && !rung && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stopListening()
    signal.removeEventListener('abort', hear)
  }
}

/** Milliseconds between reads without a notice: a safety net where notices of the file system are late or missing. */
const POLL = 1_000
/** Milliseconds; timers of Node hold at most 24 days. */
const LONGEST_TIMER = 3_600_000

/** Calls its listeners whenever there may be changes to read, from this process or another. Idle without listeners. */
export class Bell {
  readonly #log: string | undefined
  readonly #untilExpiry: () => number | undefined
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined

  /** `log`: the file to watch, if any. `untilExpiry` returns the milliseconds until the next lease expires. */
  constructor(log: string | undefined, untilExpiry: () => number | undefined) {
    this.#log = log
    this.#untilExpiry = untilExpiry
  }

  /** Adds a listener and returns the function that removes it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  ring(): void {
    if (this.#listeners.size === 0) return
    for (const listener of this.#listeners) listener()
    const delay = this.#untilExpiry()
    clearTimeout(this.#expiry)
    if (delay !== undefined) this.#expiry = setTimeout(() => this.ring(), Math.min(Math.ceil(delay), LONGEST_TIMER))
  }

  #start(): void {
    this.#watchLog()
    this.#poll = setInterval(() => {
      this.#watchLog()
      this.ring()
    }, POLL)
    this.ring()
  }

  #stop(): void {
    clearInterval(this.#poll)
    clearTimeout(this.#expiry)
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #watchLog(): void {
    if (this.#log === undefined || this.#watcher) return
    try {
      this.#watcher = watch(this.#log, (event) => {
        if (event === 'rename') this.#unwatchLog()
        this.ring()
      })
      this.#watcher.on('error', () => this.#unwatchLog())
    } catch {
      // The log does not exist yet, or the limit of watches is reached: the poll continues.
    }
  }

  #unwatchLog(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}

const HIDDEN = `
  SELECT key, lease FROM leases JOIN records ON lease = id WHERE expires_at <= ? AND key >= ? AND key < ?
  ORDER BY expires_at, id, key
`

/**
 * The records that were reported to one watcher as removed because their lease has expired. Expiry changes nothing in the file,
 * so the history does not contain it.
 */
export class ReportedExpiries {
  readonly #reported = new Map<string, Uint8Array>()

  /**
   * The stretch of history for this watcher: without removals already reported, and at its end with new expiries. Call it
   * within a transaction.
   */
  complete(stretch: Stretch, connection: SqliteConnection, range: KeyRange, now: number): Stretch {
    const hidden = stretch.last ? connection.all(HIDDEN, now, range.start, range.end) : []
    const fresh = stretch.revisions.map(({ revision, changes }) => ({ revision, changes: this.#unreported(changes) }))
    const timed = stretch.last ? [...this.#back(connection, hidden), ...this.#newly(hidden)] : []
    const revisions = [...fresh, ...timed.map((changes) => ({ revision: String(stretch.upTo), changes }))]
    return { ...stretch, revisions: revisions.filter(({ changes }) => changes.length > 0) }
  }

  /** The changes of a revision without the removals already reported when the lease expired. */
  #unreported(changes: readonly StoreChange[]): StoreChange[] {
    return changes.filter((change) => {
      const wasReported = this.#reported.delete(nameOf('put' in change ? change.put.key : change.removed))
      return 'put' in change || !wasReported
    })
  }

  /** Records that exist again because the clock was set back. */
  #back(connection: SqliteConnection, hidden: readonly Row[]): StoreChange[][] {
    const names = new Set(hidden.map((row) => nameOf(bytesOf(row, 'key'))))
    const back = [...this.#reported].filter(([name]) => !names.has(name))
    return back.map(([name, key]) => {
      this.#reported.delete(name)
      return connection.all('SELECT * FROM records WHERE key = ?', key).map((row) => ({ put: recordOf(row) }))
    })
  }

  /** Records that have expired since the last call, grouped by lease. */
  #newly(hidden: readonly Row[]): StoreChange[][] {
    const groups = new Map<unknown, StoreChange[]>()
    for (const row of hidden) {
      const key = bytesOf(row, 'key')
      const name = nameOf(key)
      if (this.#reported.has(name)) continue
      this.#reported.set(name, key)
      const group = groups.get(row['lease'])
      if (group) group.push({ removed: key })
      else groups.set(row['lease'], [{ removed: key }])
    }
    return [...groups.values()]
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}
