import type { SqliteConnection } from '../../backends/local/sqlite.ts'
import { type StoredRow, rowOf } from './rows.ts'

/** What a journal keeps. */
export interface JournalBounds {
  /** Milliseconds for which an event is kept at least, unless the size does not allow it. */
  readonly keep: number
  /** Bytes of the file at most, unless what is there takes more. */
  readonly size: number
}

/** Events that are let go in one transaction, which blocks the process for a few milliseconds. */
const STEP = 500
/** Steps at a time: what is left comes with the next call. */
const STEPS = 8
/** Of the size: down to that much, so that not every event makes room. */
const ROOM = 0.95
/** Of the time: an event that is so much older goes with all that are too old, so that the beginning stands still for whoever reads it. */
const LATE = 0.05
/** Pages of the file that are given back at a time. */
const GIVEN_BACK = 2_000

const OLDEST = `SELECT * FROM events WHERE base = 0 ORDER BY seq LIMIT ${STEP}`
const FIRST_TIME = 'SELECT coalesce(until, at) FROM events WHERE base = 0 ORDER BY seq LIMIT 1'

/** Lets go of the oldest events beyond the bounds. What was there after them stays, as the base of what follows. */
export function trim(connection: SqliteConnection, { keep, size }: JournalBounds, now: number): void {
  const isTooLarge = used(connection) > size
  const isLate = Number(connection.value(FIRST_TIME) ?? now) < now - keep * (1 + LATE)
  const end = isLate ? now - keep : -Infinity
  for (let step = 0; step < STEPS; step++) {
    const makesRoom = isTooLarge && used(connection) > ROOM * size
    const rows = connection.all(OLDEST).map(rowOf)
    const last = rows.findIndex((row) => row.type === 'gap' && row.until === undefined)
    const closed = last < 0 ? rows : rows.slice(0, last)
    const old = closed.filter(({ at, until = at }) => makesRoom || until < end)
    if (old.length === 0) break
    connection.writing(() => letGo(connection, old))
  }
  if (pages(connection).file > size) connection.exec(`PRAGMA incremental_vacuum(${GIVEN_BACK})`)
}

function letGo(connection: SqliteConnection, rows: readonly StoredRow[]): void {
  for (const { seq, key, gone } of rows) {
    if (key !== undefined) connection.run('DELETE FROM events WHERE key = ? AND seq < ?', key, seq)
    if (key === undefined || gone) connection.run('DELETE FROM events WHERE seq = ?', seq)
    else connection.run('UPDATE events SET base = 1, changes = NULL WHERE seq = ?', seq)
  }
  const end = Math.max(...rows.map(({ at, until = at }) => until))
  connection.run('UPDATE state SET begins = max(begins, ?)', end)
}

/** Bytes of the file that hold something. */
function used(connection: SqliteConnection): number {
  const { file, free } = pages(connection)
  return file - free
}

/** Bytes of the file, and of those that hold nothing. */
function pages(connection: SqliteConnection): { readonly file: number; readonly free: number } {
  const [count = 0, free = 0, size = 0] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
    Number(connection.value(`PRAGMA ${name}`)),
  )
  return { file: count * size, free: free * size }
}
