import { statSync, utimesSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RollcallError } from '../../model/errors.ts'
import { Connection } from './connection.ts'
import { createSchema, hasSchema } from './schema.ts'
import type { OpenDatabase } from './sqlite.ts'
import { needsToWrite } from './sqlite-error.ts'

const FIXED = 'immutable=1'

/** A connection to the registry as it was in its place just then. */
export interface Connected {
  readonly connection: Connection
  /** It sees the file as it is now, and nothing that comes after. */
  readonly fixed: boolean
  /** Of the file that it has opened. */
  readonly identity: string
}

/** Where a registry lies. */
export interface Place {
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
export function memoryPlace(open: OpenDatabase): Place {
  const path = 'memory:'
  return {
    path,
    shared: false,
    connect() {
      const connection = new Connection(open, ':memory:')
      createSchema(connection, path)
      return { connection, fixed: false, identity: path }
    },
    announce() {},
    identity: () => path,
  }
}

export function filePlace(open: OpenDatabase, path: string): Place {
  const file = resolve(path)
  const log = `${file}-wal`
  const identity = (): string => {
    const found = statSync(file, { throwIfNoEntry: false })
    return found ? `${found.dev}:${found.ino}` : 'none'
  }
  const connect = (parameter: string, check: (connection: Connection) => void): Connected => {
    const connection = new Connection(open, `${pathToFileURL(file).href}?${parameter}`)
    try {
      check(connection)
    } catch (error) {
      connection.close()
      throw error
    }
    return { connection, fixed: parameter === FIXED, identity: identity() }
  }
  const mustHaveSchema = (connection: Connection): void => {
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
