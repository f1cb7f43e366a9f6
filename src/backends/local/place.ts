import { RollcallError } from '../../model/errors.ts'
import { SqliteConnection, type OpenDatabase } from './sqlite.ts'
import { statSync, utimesSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { needsToWrite } from './sqlite-error.ts'

const FIXED = 'immutable=1'

/** A connection to the registry as it was in its place just then. */
export interface Connected {
  readonly connection: SqliteConnection
  /** It sees the file as it is now, and nothing that comes after. */
  readonly fixed: boolean
  /** Of the file that it has opened. */
  readonly identity: string
}

/** Where a registry lies. */
export interface LocalPlace {
  /** For messages. */
  readonly path: string
  /** Whether a second connection sees the same registry. */
  readonly shared: boolean
  /** A file that every change writes to, so that watching it tells of them. */
  readonly log?: string
  /** Throws `unreachable` where no registry is, unless told to make one. */
  connect(options: { create: boolean }): Connected
  /** Tells the watchers in other processes that a change is complete. */
  announce(): void
  /** Another text once another file has taken the place. */
  identity(): string
}

/** Memory that only one connection sees. */
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
        // In a folder that may not be written, SQLite can read only a file that it takes to be unchanging.
        if (!needsToWrite(error) || present(log)) throw error
        return connect(FIXED, mustHaveSchema)
      }
    },
    announce() {
      // A watcher that looks when the log is written may be a moment too early to see the change. This comes after it.
      const time = Date.now() / 1000
      utimesSync(log, time, time)
    },
  }
}

function present(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // It may be there, and opening it will say why it cannot be seen.
    return true
  }
}

function missing(path: string, what: string): RollcallError {
  return new RollcallError('unreachable', `the registry ${path} ${what}`, {
    hint: 'look for a typing error in the path; the first register makes a new one',
  })
}

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
export function createSchema(connection: SqliteConnection, path: string): void {
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
export function hasSchema(connection: SqliteConnection, path: string): boolean {
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
