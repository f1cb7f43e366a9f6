import { advice } from '../../model/wording.ts'
import { closeSync, constants, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { explained, isBusy, needsToWrite } from '../../backends/local/sqlite-error.ts'
import { type Database, type OpenDatabase, SqliteConnection, loadSqlite } from '../../backends/local/sqlite.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { USE_NEWER, formatText } from '../../model/file-format.ts'

/** "RCjl": marks the file as a journal (sqlite.org/fileformat.html, offset 68). */
const APPLICATION = 0x52436a6c
const VERSION = 1
const MAGIC = 'SQLite format 3\0'
/** Milliseconds between two notes that the writer is alive: as much of what it knew may be a gap after it was killed. */
export const SEEN_EVERY = 10_000
/** Milliseconds that SQLite waits for a lock of a program that copies the file. */
const PATIENCE = 5_000

/**
 * `events`: what happened, in order. Of each key the last row before `state.begins` stays, as `base`: what was there then. A row that is
 * `gone` ends its key. `at` never decreases.
 */
const TABLES = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, until INTEGER, type TEXT NOT NULL,
    base INTEGER NOT NULL, gone INTEGER NOT NULL, found INTEGER NOT NULL, key TEXT, service TEXT, id TEXT,
    revision TEXT, since INTEGER, instance TEXT, changes TEXT, message TEXT
  );
  CREATE INDEX events_of_key ON events (key, seq) WHERE key IS NOT NULL;
  CREATE INDEX events_by_time ON events (at);
  CREATE INDEX events_that_happened ON events (seq) WHERE base = 0;
  CREATE TABLE state (registry TEXT NOT NULL, begins INTEGER, seen INTEGER, writer TEXT);
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`

/** An open journal, and the file that is locked for its writer. */
export interface JournalFile extends Disposable {
  /** As it was named, for messages. */
  readonly path: string
  readonly connection: SqliteConnection
}

/**
 * Opens a journal for its one writer, and creates it where there is none.
 * @throws RollcallError `conflict` while another process writes it, `usage` for the journal of another registry, `storage` for another file
 */
export async function openForWriting(path: string, registry: string): Promise<JournalFile> {
  const open = await loadSqlite()
  // By whatever link a writer comes, the lock is one.
  const file = existsSync(path) ? realpathSync(path) : resolve(path)
  const isNew = isEmpty(file, path)
  const lock = explaining(path, () => lockFile(open, file, path))
  try {
    return explaining(path, () => {
      // Metadata may hold what is not for everyone; SQLite gives its other files the same permissions.
      if (isNew) closeSync(openSync(file, constants.O_CREAT | constants.O_WRONLY, 0o600))
      const connection = connect(open, file, 'mode=rw')
      try {
        create(connection, registry)
        checkRegistry(connection, path, registry)
      } catch (error) {
        connection.close()
        throw error
      }
      return { path, connection, [Symbol.dispose]: () => close(connection, lock) }
    })
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Opens a journal for reading, while it is written or not. @throws RollcallError `unreachable` where there is none, `storage` for another file */
export async function openForReading(path: string): Promise<JournalFile> {
  const open = await loadSqlite()
  const file = resolve(path)
  if (isEmpty(file, path))
    throw new RollcallError('unreachable', `there is no journal ${path}`, {
      hint: `${advice('journalWriters', path)} writes one`,
    })
  return explaining(path, () => {
    const connection = readable(open, file)
    return { path, connection, [Symbol.dispose]: () => connection.close() }
  })
}

function readable(open: OpenDatabase, file: string): SqliteConnection {
  try {
    const connection = connect(open, file, 'mode=rw')
    connection.value('SELECT registry FROM state')
    return connection
  } catch (error) {
    // In a folder without permission to write, SQLite can only open a file that it assumes to be immutable.
    if (!needsToWrite(error) || existsSync(`${file}-wal`)) throw error
    return connect(open, file, 'immutable=1')
  }
}

function connect(open: OpenDatabase, file: string, parameter: string): SqliteConnection {
  const connection = new SqliteConnection(open, `${pathToFileURL(file).href}?${parameter}`)
  connection.exec(`PRAGMA busy_timeout = ${PATIENCE}; PRAGMA wal_autocheckpoint = 2000`)
  connection.keepLittle()
  return connection
}

/** The tables come before the write-ahead log, so that what the file is stands in the file itself. */
function create(connection: SqliteConnection, registry: string): void {
  // A file whose creation was killed is empty again.
  if (connection.value('SELECT count(*) FROM sqlite_schema') === 0) {
    connection.exec('PRAGMA auto_vacuum = INCREMENTAL')
    connection.writing(() => {
      connection.exec(TABLES)
      connection.run('INSERT INTO state (registry) VALUES (?)', registry)
    })
  }
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 8000000')
}

function checkRegistry(connection: SqliteConnection, path: string, registry: string): void {
  const other = connection.value('SELECT registry FROM state')
  if (other === registry) return
  throw new RollcallError('usage', `${path} is the journal of ${String(other)}, not of ${registry}`, {
    hint: 'a journal is of one registry: name another file',
  })
}

/** A lock that the operating system takes back when the process ends, however it does. */
function lockFile(open: OpenDatabase, file: string, path: string): Database {
  const lock = open(`${pathToFileURL(`${file}-lock`).href}?mode=rwc`)
  try {
    lock.exec('PRAGMA busy_timeout = 100; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    const writer = writerOf(open, file)
    throw new RollcallError('conflict', `${path} is being written by ${writer}`, {
      hint: 'a journal has one writer: stop that one, or name another file',
      cause: error,
    })
  }
}

function writerOf(open: OpenDatabase, file: string): string {
  try {
    const connection = connect(open, file, 'mode=rw')
    try {
      const writer = connection.value('SELECT writer FROM state')
      return typeof writer === 'string' ? `process ${writer}` : 'another process'
    } finally {
      connection.close()
    }
  } catch {
    return 'another process'
  }
}

function close(connection: SqliteConnection, lock: Database): void {
  try {
    connection.checkpoint()
  } catch {
    // Somebody reads it: the last to close it moves the log into the file.
  }
  connection.close()
  lock.close()
}

/** Whether the file is yet to be written. Nothing else is opened with SQLite, which might repair it. @throws RollcallError `storage` for any other file than a journal */
function isEmpty(file: string, path: string): boolean {
  const header = headerOf(file, path)
  if (header.length === 0) return true
  const isSqlite = header.length === 100 && header.toString('latin1', 0, MAGIC.length) === MAGIC
  if (!isSqlite || header.readUInt32BE(68) !== APPLICATION)
    throw new RollcallError('storage', `${path} is not a journal of rollcall`, {
      hint: 'name another file; one that does not exist is created',
    })
  const version = header.readUInt32BE(60)
  if (version === VERSION) return false
  throw new RollcallError('storage', formatText(path, version, VERSION), { hint: USE_NEWER })
}

function headerOf(file: string, path: string): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0)
  const header = Buffer.alloc(100)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return header.subarray(0, readSync(descriptor, header, 0, header.length, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
    throw new RollcallError(isForbidden ? 'forbidden' : 'storage', `cannot read ${path}: ${messageOf(error)}`, {
      hint: 'check the file and its permissions',
      cause: error,
    })
  }
}

/** Runs `act`; an error of SQLite is thrown as the RollcallError that explains it. */
export function explaining<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw explained(error, path)
  }
}
