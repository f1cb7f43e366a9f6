import type { KeyRange, StoreChange } from '../kv/store.ts'
import type { Connection } from './connection.ts'
import type { Stretch } from './history.ts'
import { bytesOf, recordOf } from './row.ts'
import type { Row } from './sqlite.ts'

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
  complete(stretch: Stretch, connection: Connection, range: KeyRange, now: number): Stretch {
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
  #back(connection: Connection, hidden: readonly Row[]): StoreChange[][] {
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
