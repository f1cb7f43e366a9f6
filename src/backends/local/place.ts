import { RollcallError } from '../../model/errors.ts'
import { USE_NEWER, formatText } from '../../model/file-format.ts'
import { SqliteConnection, type OpenDatabase } from './sqlite.ts'
import { statSync, utimesSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { needsToWrite } from './sqlite-error.ts'

const FIXED = 'immutable=1'

/** A connection to the file that was in place when it was opened. */
export interface Connected {
  readonly connection: SqliteConnection
  /** Whether it sees only the state at which it was opened, and no later change. */
  readonly fixed: boolean
  /** The identity of the opened file, to compare with `LocalPlace.identity`. */
  readonly identity: string
}

/** Where an embedded registry is stored: a file or memory. */
export interface LocalPlace {
  /** The path for messages. */
  readonly path: string
  /** Whether a second connection opens the same registry. */
  readonly shared: boolean
  /** A file that every change writes to: watching it reveals changes of other processes. */
  readonly log?: string
  /** Opens a connection. Throws `unreachable` when there is no registry, unless `create` is set. */
  connect(options: { create: boolean }): Connected
  /** Wakes the watchers in other processes after a change is complete. */
  announce(): void
  /** Identifies the file in place: another text once another file has replaced it. */
  identity(): string
}

/** A registry in memory, visible to one connection only. */
export function memoryPlace(open: OpenDatabase): LocalPlace {
  const path = 'memory:'
  return {
    path,
    shared: false,
    connect() {
      const connection = new SqliteConnection(open, ':memory:')
      createSchema(connection, path)
      return { connection, fixed: false, identity: path }
    },
    announce() {},
    identity: () => path,
  }
}

/** A registry in the file at that path. Messages show the path as given. */
export function filePlace(open: OpenDatabase, path: string): LocalPlace {
  const file = resolve(path)
  const log = `${file}-wal`
  const identity = (): string => {
    const found = statSync(file, { throwIfNoEntry: false })
    return found ? `${found.dev}:${found.ino}` : 'none'
  }
  const connect = (parameter: string, check: (connection: SqliteConnection) => void): Connected => {
    const connection = new SqliteConnection(open, `${pathToFileURL(file).href}?${parameter}`)
    try {
      check(connection)
    } catch (error) {
      connection.close()
      throw error
    }
    return { connection, fixed: parameter === FIXED, identity: identity() }
  }
  const mustHaveSchema = (connection: SqliteConnection): void => {
    if (!hasSchema(connection, path)) throw missing(path, 'is empty')
  }

  return {
    path,
    shared: true,
    log,
    identity,
    connect({ create }) {
      if (create) return connect('mode=rwc', (connection) => createSchema(connection, path))
      if (!present(file)) throw missing(path, 'does not exist')
      try {
        return connect('mode=rw', mustHaveSchema)
      } catch (error) {
        // In a folder without permission to write, SQLite can only open a file that it assumes to be immutable.
        if (!needsToWrite(error) || present(log)) throw error
        return connect(FIXED, mustHaveSchema)
      }
    },
    announce() {
      // A watcher that reads when the log is written may be a moment too early to see the change. This touch comes after it.
      const time = Date.now() / 1000
      utimesSync(log, time, time)
    },
  }
}

function present(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // It may exist; opening it will show why it cannot be examined.
    return true
  }
}

function missing(path: string, what: string): RollcallError {
  return new RollcallError('unreachable', `the registry ${path} ${what}`, {
    hint: 'check the path for a typing error; the first register creates a new registry',
  })
}

/** "RCal": marks the file as ours (sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION = 0x5243616c
const VERSION = 1

/**
 * `history` contains each change again, in order: with a value for a put, without one for a removal; and what it replaced, so
 * that an earlier state can be read as long as the changes since then are kept.
 * `state` contains the current revision and the last one that `history` no longer covers.
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

/** A single statement, so that a file is seen before or after its creation, never in between. */
const MARKS = `
  SELECT (SELECT application_id FROM pragma_application_id) AS application,
    (SELECT user_version FROM pragma_user_version) AS version,
    (SELECT count(*) FROM sqlite_schema) AS objects
`

/** Creates the tables in an empty file; does nothing in a registry. Throws as `hasSchema` does. */
export function createSchema(connection: SqliteConnection, path: string): void {
  if (hasSchema(connection, path)) return
  connection.exec('PRAGMA journal_mode = WAL')
  connection.writing(() => {
    if (!hasSchema(connection, path)) connection.exec(TABLES)
  })
}

/**
 * Whether the database is a registry; false for an empty one.
 *
 * @throws RollcallError `storage` for a database of another program or of a newer rollcall
 */
export function hasSchema(connection: SqliteConnection, path: string): boolean {
  const { application, version, objects } = connection.get(MARKS) ?? {}
  if (application === 0 && objects === 0) return false
  if (application !== APPLICATION)
    throw new RollcallError('storage', `${path} is an SQLite file of another program`, {
      hint: 'use another path; the first register creates the file',
    })
  if (version === VERSION) return true
  throw new RollcallError('storage', formatText(path, version, VERSION), { hint: USE_NEWER })
}
