import type { KeyRange, StorePage } from '../kv/store.ts'
import type { Connection } from './connection.ts'
import { currentRevision } from './history.ts'
import { recordOf } from './row.ts'

/** A record whose lease has run out is not there, also where nobody could remove it yet. */
const LIVE = '(lease IS NULL OR lease NOT IN (SELECT id FROM leases WHERE expires_at <= ?))'

const PAGE = `SELECT * FROM records WHERE key >= ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`
const COUNT = `SELECT count(*) FROM (SELECT 1 FROM records WHERE key >= ? AND key < ? AND ${LIVE} LIMIT ?)`

export interface PageOptions {
  /** The time, in milliseconds since 1970. */
  readonly now: number
  readonly pageSize: number
  readonly limit: number
}

/** The records of a range, page by page; the connection must stay in one transaction meanwhile. */
export function* pages(connection: Connection, range: KeyRange, options: PageOptions): Generator<StorePage> {
  const revision = String(currentRevision(connection))
  let left = options.limit
  let start = range.start
  for (;;) {
    const size = Math.min(options.pageSize, left)
    const records = connection.all(PAGE, start, range.end, options.now, size).map(recordOf)
    left -= records.length
    const last = records.at(-1)
    if (last || start === range.start) yield { records, revision }
    if (!last || records.length < options.pageSize || left <= 0) return
    start = Buffer.concat([last.key, Buffer.of(0)])
  }
}

export function count(connection: Connection, range: KeyRange, now: number, limit: number): number {
  return Number(connection.value(COUNT, range.start, range.end, now, limit))
}
