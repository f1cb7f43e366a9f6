import type { KeyRange, StorePage } from '../kv/store.ts'
import type { Connection } from './connection.ts'
import { currentRevision } from './history.ts'
import { recordOf } from './row.ts'

/** A record whose lease has run out is not there, also as long as nobody has removed it. */
export const LIVE = '(lease IS NULL OR lease NOT IN (SELECT id FROM leases WHERE expires_at <= ?))'

const PAGE = `SELECT * FROM records WHERE key >= ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`
/**
 * What lay there at an earlier revision: what has not changed since, and what the first change since then took the place of.
 * ?5: when that revision was read, as far as that is known.
 */
const PAGE_AT = `
  SELECT key, value, revision, lease, created_at FROM records
  WHERE key >= ?1 AND key < ?2 AND revision <= ?3 AND ${LIVE.replace('?', '?5')}
  UNION ALL
  SELECT key, old_value, old_revision, old_lease, old_created_at FROM history AS later
  WHERE key >= ?1 AND key < ?2 AND revision > ?3 AND old_value IS NOT NULL
    AND change = (SELECT min(change) FROM history WHERE key = later.key AND revision > ?3)
  ORDER BY key LIMIT ?4
`
const COUNT = `SELECT count(*) FROM (SELECT 1 FROM records WHERE key >= ? AND key < ? AND ${LIVE} LIMIT ?)`

export interface PageOptions {
  /** The time, in milliseconds since 1970. */
  readonly now: number
  readonly pageSize: number
  readonly limit: number
  /** An earlier revision of which all later changes are kept; `now` is then the time at which it was read, 0 where nobody knows. */
  readonly at?: number | undefined
}

/** The records of a range, page by page; the connection must stay in one transaction meanwhile. */
export function* pages(connection: Connection, range: KeyRange, options: PageOptions): Generator<StorePage> {
  const { at } = options
  const revision = String(at ?? currentRevision(connection))
  let left = options.limit
  let start = range.start
  for (;;) {
    const size = Math.min(options.pageSize, left)
    const rows =
      at === undefined
        ? connection.all(PAGE, start, range.end, options.now, size)
        : connection.all(PAGE_AT, start, range.end, at, size, options.now)
    const records = rows.map(recordOf)
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
