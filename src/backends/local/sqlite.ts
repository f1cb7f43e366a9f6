import type { KvRecord } from '../kv/store.ts'
import { DamagedValue } from './sqlite-error.ts'
import { RollcallError } from '../../model/errors.ts'

/** The part of SQLite that rollcall uses, common to `node:sqlite` and `@photostructure/sqlite`. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

export interface Statement {
  get(...values: SqlValue[]): Row | undefined
  all(...values: SqlValue[]): Row[]
  run(...values: SqlValue[]): unknown
}

export type SqlValue = string | number | null | Uint8Array
export type Row = Readonly<Record<string, SqlValue>>
export type OpenDatabase = (location: string) => Database

interface SqliteModule {
  readonly DatabaseSync: new (location: string) => Database
}

/** Loads Node's own SQLite (22.15 and later) or the package. Throws `unsupported` when there is neither. */
export async function loadSqlite(): Promise<OpenDatabase> {
  const { DatabaseSync } = builtin() ?? (await fromPackage())
  return (location) => new DatabaseSync(location)
}

/** Loads it without the warning on stderr that it is experimental, which users of rollcall cannot act on. */
function builtin(): SqliteModule | undefined {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    const found = process.getBuiltinModule('node:sqlite')
    return isSqlite(found) && takesUrls(found) ? found : undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

/** The first ones took a URL for the name of a file, so that it could not be said how to open it. This one names no file. */
function takesUrls({ DatabaseSync }: SqliteModule): boolean {
  try {
    new DatabaseSync('file:///?mode=memory').close()
    return true
  } catch {
    return false
  }
}

function isSqlite(module: object | undefined): module is SqliteModule {
  return module !== undefined && 'DatabaseSync' in module
}

async function fromPackage(): Promise<SqliteModule> {
  // One file that holds all has no packages beside it.
  if (process.getBuiltinModule('node:sea').isSea())
    throw hasNone('build this file with Node 22.15 or later: npm run build:sea -- --node FILE')
  try {
    return await import('@photostructure/sqlite')
  } catch (cause) {
    throw hasNone('npm install @photostructure/sqlite (with -g if rollcall was), or use Node 22.15 or later', cause)
  }
}

function hasNone(hint: string, cause?: unknown): RollcallError {
  const message = `Node ${process.version} has no SQLite that the embedded registry and journals can use`
  return new RollcallError('unsupported', message, { hint, cause })
}

/** Milliseconds that SQLite itself waits for a lock: short, because it blocks the process meanwhile. */
const BUSY_TIMEOUT = 100

/** One connection to SQLite with its prepared statements. */
export class SqliteConnection {
  readonly #database: Database
  readonly #statements = new Map<string, Statement>()

  constructor(open: OpenDatabase, location: string) {
    this.#database = open(location)
    // NORMAL loses nothing when a process is killed. A power cut may take the last commits, but never half of one,
    // and after it the leases have run out anyway; FULL would make every heartbeat wait for the disk.
    this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA synchronous = NORMAL`)
    // Room for the pages of a large write, up to 64 MB, and for 40 MB in the log before they are moved to the file.
    this.#database.exec('PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = 10000')
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  get(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#statement(sql).get(...values)
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values)
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.#statement(sql).run(...values)
  }

  /** The first column of the only row. */
  value(sql: string, ...values: SqlValue[]): SqlValue {
    return Object.values(this.get(sql, ...values) ?? {})[0] ?? null
  }

  /** Runs `body` in a read transaction: all of it sees one state of the file. */
  reading<T>(body: () => T): T {
    this.exec('BEGIN')
    try {
      return body()
    } finally {
      this.rollback()
    }
  }

  /** Runs `body` in a write transaction: all of it or nothing. Throws SQLITE_BUSY while another connection writes. */
  writing<T>(body: () => T): T {
    this.exec('BEGIN IMMEDIATE')
    try {
      const result = body()
      this.exec('COMMIT')
      return result
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** Rolls a transaction back. After some errors, such as a full disk, SQLite has already done so. */
  rollback(): void {
    try {
      this.exec('ROLLBACK')
    } catch {
      // Nothing left to roll back.
    }
  }

  /** Keeps few pages of the file in memory: a long read comes to each of them once. */
  keepLittle(): void {
    this.#database.exec('PRAGMA cache_size = -4000')
  }

  /**
   * Moves the log into the file and empties it, unless another connection is in use. The file alone is then complete, and a
   * copy put in its place later is not mixed with an old log.
   */
  checkpoint(): void {
    this.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)')
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #statement(sql: string): Statement {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

/** The record in a row of `records`, or of `history` for a put. Throws `DamagedValue` for values of the wrong type. */
export function recordOf(row: Row): KvRecord {
  return {
    key: bytesOf(row, 'key'),
    value: bytesOf(row, 'value'),
    revision: String(numberOf(row, 'revision')),
    createdAt: numberOf(row, 'created_at'),
    ...(typeof row['lease'] === 'string' ? { lease: row['lease'] } : {}),
  }
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw new DamagedValue(`${column} does not hold bytes`)
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw new DamagedValue(`${column} does not hold a number`)
}
