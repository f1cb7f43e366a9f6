import { RollcallError } from '../../model/errors.ts'

/** What is used of SQLite: the part that `node:sqlite` and `@photostructure/sqlite` have in common. */
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

/** Node's own SQLite where it has one (22.13 and later), else the package. */
export async function loadSqlite(): Promise<OpenDatabase> {
  const { DatabaseSync } = builtin() ?? (await fromPackage())
  return (location) => new DatabaseSync(location)
}

/** Loading it says on stderr that it is experimental, which no user of ours can act on. */
function builtin(): SqliteModule | undefined {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    const found = process.getBuiltinModule('node:sqlite')
    return isSqlite(found) ? found : undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

function isSqlite(module: object | undefined): module is SqliteModule {
  return module !== undefined && 'DatabaseSync' in module
}

async function fromPackage(): Promise<SqliteModule> {
  try {
    return await import('@photostructure/sqlite')
  } catch (cause) {
    throw new RollcallError('unsupported', `the embedded registry needs SQLite, which Node ${process.version} lacks`, {
      hint: 'npm install @photostructure/sqlite, or use Node 22.13 or later',
      cause,
    })
  }
}
