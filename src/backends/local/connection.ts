import type { Database, OpenDatabase, Row, SqlValue, Statement } from './sqlite.ts'

/** Milliseconds that SQLite itself waits for a lock: short, because the process can do nothing else meanwhile. */
const BUSY_TIMEOUT = 100

/** One connection to SQLite with its prepared statements. */
export class Connection {
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

  /** Everything in `body` sees one state of the file. */
  reading<T>(body: () => T): T {
    this.exec('BEGIN')
    try {
      return body()
    } finally {
      this.rollback()
    }
  }

  /** All of `body` or nothing. Throws SQLITE_BUSY when another connection writes. */
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

  /** Ends a transaction. After some errors, such as a full disk, SQLite has rolled back already. */
  rollback(): void {
    try {
      this.exec('ROLLBACK')
    } catch {
      // There was nothing left to roll back.
    }
  }

  /**
   * Moves what was written into the file itself, and empties the log, unless another connection is in the way: then the file
   * alone is whole, and a copy that is put in its place later is not mixed with an old log.
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
