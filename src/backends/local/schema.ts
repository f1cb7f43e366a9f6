import { RollcallError } from '../../model/errors.ts'
import type { Connection } from './connection.ts'

/** "RCal": marks the file as ours (sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION = 0x5243616c
const VERSION = 1

/**
 * `history` holds each change once more, in order: a value for a put, none for a removal; and what it took the place of,
 * so that an earlier state can be read as long as the changes since then are kept.
 * `state` holds the current revision, and the last one that history no longer has.
 */
const TABLES = `
  CREATE TABLE records (
    key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL, lease TEXT, created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX records_of_lease ON records (lease) WHERE lease IS NOT NULL;
  CREATE TABLE leases (id TEXT PRIMARY KEY, ttl INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX leases_by_expiry ON leases (expires_at);
  CREATE TABLE history (
    change INTEGER PRIMARY KEY, revision INTEGER NOT NULL, key BLOB NOT NULL, value BLOB, lease TEXT, created_at INTEGER,
    old_value BLOB, old_revision INTEGER, old_lease TEXT, old_created_at INTEGER
  );
  CREATE INDEX history_by_revision ON history (revision);
  CREATE INDEX history_by_key ON history (key, change);
  CREATE TABLE state (revision INTEGER NOT NULL, forgotten INTEGER NOT NULL);
  INSERT INTO state VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`

/** One statement, so that a file that is being made is seen before or after, never between. */
const MARKS = `
  SELECT (SELECT application_id FROM pragma_application_id) AS application,
    (SELECT user_version FROM pragma_user_version) AS version,
    (SELECT count(*) FROM sqlite_schema) AS objects
`

/** Makes the tables in an empty file; leaves a registry as it is. */
export function createSchema(connection: Connection, path: string): void {
  if (hasSchema(connection, path)) return
  connection.exec('PRAGMA journal_mode = WAL')
  connection.writing(() => {
    if (!hasSchema(connection, path)) connection.exec(TABLES)
  })
}

/**
 * False for an empty database.
 *
 * @throws RollcallError `storage` for a database of another program, or of a newer rollcall.
 */
export function hasSchema(connection: Connection, path: string): boolean {
  const { application, version, objects } = connection.get(MARKS) ?? {}
  if (application === 0 && objects === 0) return false
  if (application !== APPLICATION)
    throw new RollcallError('storage', `${path} is an SQLite file of another program`, {
      hint: 'name another file; a new one is made by the first register',
    })
  if (version === VERSION) return true
  throw new RollcallError(
    'storage',
    `${path} has format ${String(version)}, and this rollcall knows format ${VERSION}`,
    {
      hint: 'it was made by a newer rollcall: use that one',
    },
  )
}
