import type { KeyRange, StoreChange, StoreEvent } from '../kv/store.ts'
import { type SqliteConnection, bytesOf, recordOf, type Row } from './sqlite.ts'
import type { Stretch } from './history.ts'
import { type FSWatcher, watch } from 'node:fs'

export interface WatchSource {
  readonly bell: Bell
  /** Ends the watch, quietly. */
  readonly signal: AbortSignal
  /** The changes after a revision. */
  read(revision: number): Promise<Stretch>
}

/**
 * Changes after a revision, for ever. They are read from the history only as fast as they are taken,
 * so a slow reader costs no memory.
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
  // Whoever watched may have left without a word, and takes nothing any more.
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

/** Milliseconds between looks that nothing has called for: a net, where file notices are late or missing. */
const POLL = 1_000
/** Milliseconds; Node's timers hold no more than 24 days. */
const LONGEST_TIMER = 3_600_000

/** Rings whenever there may be changes to read, from this process or another, for as long as somebody listens. */
export class Bell {
  readonly #log: string | undefined
  readonly #untilExpiry: () => number | undefined
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined

  /** `untilExpiry` gives the milliseconds until the next lease runs out. */
  constructor(log: string | undefined, untilExpiry: () => number | undefined) {
    this.#log = log
    this.#untilExpiry = untilExpiry
  }

  /** Gives back the function that ends the listening. */
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
      // There is no log yet, or no more watches are to be had: the poll goes on.
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
 * What one watcher was told to be gone because its lease has run out. That changes nothing in the file, and so it stands
 * in no history.
 */
export class RunOut {
  readonly #told = new Map<string, Uint8Array>()

  /** A stretch of history as this watcher is to hear it; at its end with what time alone has changed. Within a transaction. */
  complete(stretch: Stretch, connection: SqliteConnection, range: KeyRange, now: number): Stretch {
    const hidden = stretch.last ? connection.all(HIDDEN, now, range.start, range.end) : []
    const told = stretch.revisions.map(({ revision, changes }) => ({ revision, changes: this.#untold(changes) }))
    const timed = stretch.last ? [...this.#back(connection, hidden), ...this.#newly(hidden)] : []
    const revisions = [...told, ...timed.map((changes) => ({ revision: String(stretch.upTo), changes }))]
    return { ...stretch, revisions: revisions.filter(({ changes }) => changes.length > 0) }
  }

  /** The changes of a revision without the removals that were told before, when the lease had run out. */
  #untold(changes: readonly StoreChange[]): StoreChange[] {
    return changes.filter((change) => {
      const wasTold = this.#told.delete(nameOf('put' in change ? change.put.key : change.removed))
      return 'put' in change || !wasTold
    })
  }

  /** What is there again, because the clock was set back. */
  #back(connection: SqliteConnection, hidden: readonly Row[]): StoreChange[][] {
    const names = new Set(hidden.map((row) => nameOf(bytesOf(row, 'key'))))
    const back = [...this.#told].filter(([name]) => !names.has(name))
    return back.map(([name, key]) => {
      this.#told.delete(name)
      return connection.all('SELECT * FROM records WHERE key = ?', key).map((row) => ({ put: recordOf(row) }))
    })
  }

  /** What has run out since the last time, a group a lease. */
  #newly(hidden: readonly Row[]): StoreChange[][] {
    const groups = new Map<unknown, StoreChange[]>()
    for (const row of hidden) {
      const key = bytesOf(row, 'key')
      const name = nameOf(key)
      if (this.#told.has(name)) continue
      this.#told.set(name, key)
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
