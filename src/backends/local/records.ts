import { RollcallError } from '../../model/errors.ts'
import { keyOfOperation, type Operation, type OperationOutcome, type KeyRange, type StorePage } from '../kv/store.ts'
import { type SqliteConnection, recordOf } from './sqlite.ts'
import { currentRevision } from './history.ts'
import { hasOverdue, isAlive } from './leases.ts'
import { LocalTable, asTable, hasTables } from './table.ts'

/** Condition for records that exist: one whose lease has expired counts as gone, even before it is removed. */
export const LIVE = '(lease IS NULL OR lease NOT IN (SELECT id FROM leases WHERE expires_at <= ?))'

const PAGE = `SELECT * FROM records WHERE key >= ? AND key < ? AND ${LIVE} ORDER BY key LIMIT ?`
/**
 * The records at an earlier revision: those that have not changed since, and those that the first later change replaced.
 * ?5: the time at which that revision was read, as far as it is known.
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
const TABLE = asTable(PAGE)
/** Rows of a table: more of them are not read faster. */
const TABLE_SIZE = 2_000
const COUNT = `SELECT count(*) FROM (SELECT 1 FROM records WHERE key >= ? AND key < ? AND ${LIVE} LIMIT ?)`

export interface PageOptions {
  /** The present time in milliseconds since 1970. */
  readonly now: number
  readonly pageSize: number
  readonly limit: number
  /** An earlier revision whose later changes are all kept; `now` is then the time at which it was read, or 0 if unknown. */
  readonly at?: number | undefined
  /** Give pages as tables, where they can be read so. */
  readonly tables?: boolean | undefined
}

/** The records of a range, page by page. The connection must stay in one transaction until the last page. */
export function* pages(connection: SqliteConnection, range: KeyRange, options: PageOptions): Generator<StorePage> {
  const { at } = options
  const revision = String(at ?? currentRevision(connection))
  const tables = options.tables && at === undefined && hasTables(connection)
  let left = options.limit
  let start = range.start
  for (;;) {
    const most = Math.min(TABLE_SIZE, left)
    const table = tables ? tableOf(connection, { ...range, start }, options.now, most) : undefined
    if (table && table.length > 0) {
      start = Buffer.concat([table.record(table.length - 1).key, Buffer.of(0)])
      left -= table.length
      const isLast = left <= 0 || (table.isWhole && table.length < most)
      yield { records: [], table, revision }
      if (isLast) return
      continue
    }
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

/** The next records as a table; undefined if there are none, and empty if the first of them is unusual. */
function tableOf(
  connection: SqliteConnection,
  { start, end }: KeyRange,
  now: number,
  size: number,
): LocalTable | undefined {
  const blob = connection.value(TABLE, start, end, now, size)
  return blob instanceof Uint8Array ? new LocalTable(blob, size) : undefined
}

export function count(connection: SqliteConnection, range: KeyRange, now: number, limit: number): number {
  return Number(connection.value(COUNT, range.start, range.end, now, limit))
}

const PUT = `
  INSERT INTO records (key, value, revision, lease, created_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, lease = excluded.lease
`
/** Runs before the put, so that history contains what it replaces. */
const TELL_PUT = `
  INSERT INTO history (revision, key, value, lease, created_at, old_value, old_revision, old_lease, old_created_at)
  SELECT ?, ?, ?, ?, ifnull(created_at, ?), value, revision, lease, created_at
  FROM (SELECT ? AS wanted) LEFT JOIN records ON key = wanted
`
const TELL_REMOVAL = `
  INSERT INTO history (revision, key, old_value, old_revision, old_lease, old_created_at)
  SELECT ?, key, value, revision, lease, created_at FROM records WHERE key = ?
`

const REVISION_OF_LIVE = `SELECT revision FROM records WHERE key = ? AND ${LIVE}`

const WITH_VALUE = 'SELECT 1 FROM records WHERE key = ? AND value = ?'

type Put = Extract<Operation, { put: Uint8Array }>

/**
 * Carries out each operation whose guard holds, all at one revision; with `atomic` all or none. Throws `not-found` for a put
 * on a lease that is gone.
 */
export function apply(
  connection: SqliteConnection,
  operations: readonly Operation[],
  options: { readonly atomic: boolean; readonly now: number },
): OperationOutcome[] {
  const verdicts = operations.map((operation) => verdictOn(connection, operation, options.now))
  if (options.atomic && !operations.every((operation, at) => holds(operation, verdicts[at])))
    return operations.map(() => ({ result: 'changed' }))
  checkLeases(
    connection,
    operations.filter((_, at) => verdicts[at] === 'done'),
    options.now,
  )
  const changes = operations.some((operation, at) => verdicts[at] === 'done' && !('check' in operation))
  const revision = currentRevision(connection) + 1
  const someHidden = hasOverdue(connection, options.now)
  const outcomes = operations.map((operation, at): OperationOutcome => {
    const result = verdicts[at] ?? 'changed'
    if (result !== 'done' || 'check' in operation) return { result }
    if ('delete' in operation) remove(connection, operation.delete, revision)
    else {
      if (someHidden && !isThere(connection, operation.put, options.now)) remove(connection, operation.put, revision)
      put(connection, operation, revision, options.now)
    }
    return { result, revision: String(revision) }
  })
  if (changes) connection.run('UPDATE state SET revision = ?', revision)
  return outcomes
}

/** The outcome that an operation will have. A record whose lease has expired counts as gone. */
function verdictOn(connection: SqliteConnection, operation: Operation, now: number): OperationOutcome['result'] {
  const { expect } = operation
  const key = keyOfOperation(operation)
  const found = connection.value(REVISION_OF_LIVE, key, now)
  if ('delete' in operation && found === null) return 'absent'
  if (expect !== undefined && expect !== (found === null ? null : String(found))) return 'changed'
  const isOther = 'delete' in operation && operation.was && !connection.get(WITH_VALUE, key, operation.was)
  return isOther ? 'changed' : 'done'
}

function isThere(connection: SqliteConnection, key: Uint8Array, now: number): boolean {
  return connection.get(REVISION_OF_LIVE, key, now) !== undefined
}

/** Whether the guard holds. A deletion without a guard holds even if there is no record. */
function holds(operation: Operation, verdict: OperationOutcome['result'] | undefined): boolean {
  return verdict === 'done' || (verdict === 'absent' && operation.expect === undefined)
}

function checkLeases(connection: SqliteConnection, operations: readonly Operation[], now: number): void {
  const leases = new Set(operations.flatMap((operation) => ('put' in operation && operation.lease) || []))
  for (const lease of leases) {
    if (isAlive(connection, lease, now)) continue
    throw new RollcallError('not-found', `there is no lease ${lease}`, {
      hint: 'it has expired or was revoked: register again',
    })
  }
}

function put(
  connection: SqliteConnection,
  { put: key, value, lease: given }: Put,
  revision: number,
  now: number,
): void {
  const lease = given ?? null
  connection.run(TELL_PUT, revision, key, value, lease, now, key)
  connection.run(PUT, key, value, revision, lease, now)
}

function remove(connection: SqliteConnection, key: Uint8Array, revision: number): void {
  connection.run(TELL_REMOVAL, revision, key)
  connection.run('DELETE FROM records WHERE key = ?', key)
}
