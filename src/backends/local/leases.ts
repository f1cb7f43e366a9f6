import { type SqliteConnection, bytesOf, numberOf } from './sqlite.ts'
import type { StoreLease, StoreLeaseState } from '../kv/store.ts'
import { currentRevision } from './history.ts'

/** TTLs of leases in seconds. */
export const LEASE_TTL = { default: 15, least: 2 } as const

export function grant(connection: SqliteConnection, seconds: number, now: number): StoreLease {
  const lease = newId()
  const ttl = Math.max(LEASE_TTL.least, Math.ceil(seconds))
  connection.run('INSERT INTO leases (id, ttl, expires_at) VALUES (?, ?, ?)', lease, ttl, now + ttl * 1000)
  return { lease, ttl }
}

/** A new id: 63 random bits in hexadecimal, as in etcd. */
function newId(): string {
  const bytes = crypto.getRandomValues(Buffer.alloc(8))
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return bytes.toString('hex')
}

const RENEWAL = 'UPDATE leases SET expires_at = ? + ttl * 1000 WHERE id = ? AND expires_at > ? RETURNING ttl'

/** Renews a lease. Undefined for one that has expired, even if its row still exists. `now`: milliseconds since 1970. */
export function keepAlive(connection: SqliteConnection, lease: string, now: number): StoreLease | undefined {
  const renewed = connection.get(RENEWAL, now, lease, now)
  return renewed && { lease, ttl: numberOf(renewed, 'ttl') }
}

export function isAlive(connection: SqliteConnection, lease: string, now: number): boolean {
  return connection.get('SELECT 1 FROM leases WHERE id = ? AND expires_at > ?', lease, now) !== undefined
}

export function lookUp(
  connection: SqliteConnection,
  lease: string,
  keys: boolean,
  now: number,
): StoreLeaseState | undefined {
  const row = connection.get('SELECT ttl, expires_at FROM leases WHERE id = ? AND expires_at > ?', lease, now)
  if (!row) return undefined
  const remaining = Math.ceil((numberOf(row, 'expires_at') - now) / 1000)
  return { granted: numberOf(row, 'ttl'), remaining, ...(keys ? { keys: keysOf(connection, lease) } : {}) }
}

function keysOf(connection: SqliteConnection, lease: string): Uint8Array[] {
  const rows = connection.all('SELECT key FROM records WHERE lease = ? ORDER BY key', lease)
  return rows.map((row) => bytesOf(row, 'key'))
}

/** When the next lease expires, in milliseconds since 1970; undefined when there is none. */
export function nextExpiry(connection: SqliteConnection, now: number): number | undefined {
  const next = connection.value('SELECT min(expires_at) FROM leases WHERE expires_at > ?', now)
  return next === null ? undefined : Number(next)
}

/** Whether any lease has expired and is not removed yet. */
export function hasOverdue(connection: SqliteConnection, now: number): boolean {
  return connection.get('SELECT 1 FROM leases WHERE expires_at <= ? LIMIT 1', now) !== undefined
}

/** Removes a lease and its records at once. */
export function revoke(connection: SqliteConnection, lease: string): void {
  removeLeases(connection, [lease])
}

const TELL_END = `
  INSERT INTO history (revision, key, old_value, old_revision, old_lease, old_created_at)
  SELECT ?, key, value, revision, lease, created_at FROM records WHERE lease = ? ORDER BY key
`

/** Removes leases and their records, each lease at a revision of its own. */
export function removeLeases(connection: SqliteConnection, leases: readonly string[]): void {
  let revision = currentRevision(connection)
  for (const lease of leases) {
    if (connection.get('SELECT 1 FROM records WHERE lease = ?', lease)) {
      revision += 1
      connection.run(TELL_END, revision, lease)
      connection.run('DELETE FROM records WHERE lease = ?', lease)
    }
    connection.run('DELETE FROM leases WHERE id = ?', lease)
  }
  connection.run('UPDATE state SET revision = ?', revision)
}

/**
 * Leases that a writer has seen expired: the expiry that it saw, and when, by the steady clock. A lease that was renewed
 * since has another expiry and counts as not seen.
 */
const TABLE = `
  CREATE TABLE IF NOT EXISTS overdue (lease TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) WITHOUT ROWID
`
/** A `seen_at` in the future is from before the machine was restarted. */
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

/**
 * Milliseconds of a clock that never goes back and is the same for all processes until the machine restarts, whatever its
 * time of day is set to.
 */
export function steadyTime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}

/**
 * Removes the leases that have certainly expired. A wrong time of day only hides a lease: it is removed once a writer has seen
 * it expired and its whole TTL has passed since then, by the steady clock, without a renewal.
 * @param now - milliseconds since 1970
 * @param steady - milliseconds, from `steadyTime`
 */
export function sweep(connection: SqliteConnection, now: number, steady: number): void {
  if (!hasOverdue(connection, now)) return
  connection.exec(TABLE)
  connection.run(SEE, steady, now)
  const gone = connection.all(GONE, now, steady).map(({ id }) => String(id))
  if (gone.length === 0) return
  removeLeases(connection, gone)
  connection.run(FORGET)
}
