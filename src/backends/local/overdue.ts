import type { Connection } from './connection.ts'
import { hasOverdue, removeLeases } from './leases.ts'

/**
 * Leases that a writer has seen run out: at which expiry, and when, by the steady clock. A lease that was renewed has
 * another expiry, and counts as not seen.
 */
const TABLE = `
  CREATE TABLE IF NOT EXISTS overdue (lease TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) WITHOUT ROWID
`
/** A time of seeing that lies ahead is of another start of the machine. */
const SEE = `
  INSERT INTO overdue (lease, expires_at, seen_at) SELECT id, expires_at, ? FROM leases WHERE expires_at <= ?
  ON CONFLICT (lease) DO UPDATE SET expires_at = excluded.expires_at, seen_at = excluded.seen_at
  WHERE overdue.expires_at <> excluded.expires_at OR overdue.seen_at > excluded.seen_at
`
const FORGET = 'DELETE FROM overdue WHERE lease NOT IN (SELECT id FROM leases)'
const GONE = `
  SELECT id FROM leases JOIN overdue ON lease = id AND overdue.expires_at = leases.expires_at
  WHERE leases.expires_at <= ? AND seen_at + ttl * 1000 <= ?
  ORDER BY leases.expires_at, id
`

/** Milliseconds that only grow, the same for all processes since the machine was started, whatever its clock is set to. */
export function steadyTime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}

/**
 * Removes the leases that have certainly run out. The clock of the machine may be wrong, and hides a lease at most: it is
 * removed once a writer has seen it run out and its whole TTL has passed since then, by the steady clock, without a renewal.
 * @param now - milliseconds since 1970
 * @param steady - milliseconds, as `steadyTime` tells them
 */
export function sweep(connection: Connection, now: number, steady: number): void {
  if (!hasOverdue(connection, now)) return
  connection.exec(TABLE)
  connection.run(SEE, steady, now)
  const gone = connection.all(GONE, now, steady).map(({ id }) => String(id))
  if (gone.length === 0) return
  removeLeases(connection, gone)
  connection.run(FORGET)
}
