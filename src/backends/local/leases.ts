import { randomBytes } from 'node:crypto'
import type { StoreLease, StoreLeaseState } from '../kv/store.ts'
import type { Connection } from './connection.ts'
import { bytesOf } from './row.ts'

/** Seconds. */
export const LEASE_TTL = { default: 15, least: 2 } as const

export function grant(connection: Connection, seconds: number, now: number): StoreLease {
  const lease = newId()
  const ttl = Math.max(LEASE_TTL.least, Math.ceil(seconds))
  connection.run('INSERT INTO leases (id, ttl, expires_at) VALUES (?, ?, ?)', lease, ttl, now + ttl * 1000)
  return { lease, ttl }
}

/** 63 random bits, as etcd's ids have them, in hexadecimal. */
function newId(): string {
  const bytes = randomBytes(8)
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return bytes.toString('hex')
}

export function keepAlive(connection: Connection, lease: string, now: number): StoreLease | undefined {
  const renewed = connection.get('UPDATE leases SET expires_at = ? + ttl * 1000 WHERE id = ? RETURNING ttl', now, lease)
  return renewed && { lease, ttl: Number(renewed['ttl']) }
}

export function exists(connection: Connection, lease: string): boolean {
  return connection.get('SELECT 1 FROM leases WHERE id = ?', lease) !== undefined
}

export function lookUp(connection: Connection, lease: string, keys: boolean, now: number): StoreLeaseState | undefined {
  const row = connection.get('SELECT ttl, expires_at FROM leases WHERE id = ? AND expires_at > ?', lease, now)
  if (!row) return undefined
  const remaining = Math.ceil((Number(row['expires_at']) - now) / 1000)
  return { granted: Number(row['ttl']), remaining, ...(keys ? { keys: keysOf(connection, lease) } : {}) }
}

function keysOf(connection: Connection, lease: string): Uint8Array[] {
  const rows = connection.all('SELECT key FROM records WHERE lease = ? ORDER BY key', lease)
  return rows.map((row) => bytesOf(row, 'key'))
}

/** When the next lease runs out, in milliseconds since 1970. */
export function nextExpiry(connection: Connection): number | undefined {
  const next = connection.value('SELECT min(expires_at) FROM leases')
  return next === null ? undefined : Number(next)
}

/** Each lease that ends has a revision of its own, in the order in which they ran out. */
const REMOVALS = `
  INSERT INTO history (revision, key, old_value, old_revision, old_lease, old_created_at)
  SELECT (SELECT revision FROM state) + dense_rank() OVER (ORDER BY expires_at, id), key, value, revision, lease, created_at
  FROM leases JOIN records ON lease = id WHERE expires_at <= ?
  ORDER BY expires_at, id, key
`

/** Removes the leases that have run out with all that hangs on them, and tells the watchers so. */
export function expire(connection: Connection, now: number): void {
  if ((nextExpiry(connection) ?? Infinity) > now) return
  connection.run(REMOVALS, now)
  connection.run('DELETE FROM records WHERE lease IN (SELECT id FROM leases WHERE expires_at <= ?)', now)
  connection.run('DELETE FROM leases WHERE expires_at <= ?', now)
  connection.run('UPDATE state SET revision = max(revision, (SELECT ifnull(max(revision), 0) FROM history))')
}

/** Ends one lease at once. */
export function revoke(connection: Connection, lease: string): void {
  connection.run('UPDATE leases SET expires_at = 0 WHERE id = ?', lease)
  expire(connection, 0)
}
