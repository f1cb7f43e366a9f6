import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { RollcallError, messageOf } from '../../model/errors.ts'

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const PERM = 3
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const PROTOCOL = 15
const TOOBIG = 18
const NOTADB = 26

/** Others hold the file just now: to be tried again. */
export function isBusy(error: unknown): boolean {
  return [BUSY, LOCKED, PROTOCOL].includes(resultCode(error))
}

/** Reading failed because SQLite may not write beside the file. */
export function needsToWrite(error: unknown): boolean {
  return [CANTOPEN, READONLY].includes(resultCode(error))
}

/** What went wrong with the file at that path, for people. What is no error of SQLite comes back as it is. */
export function explained(error: unknown, path: string): unknown {
  const code = resultCode(error)
  const known = isDamage(error) ? damaged(path) : explanationOf(code, error, path)
  if (known) return new RollcallError(known.code, known.message, { hint: known.hint, cause: error })
  if (code === 0) return error
  // What SQLite cannot make sense of, such as a table that is missing: the statements are always the same.
  const { message, hint } = damaged(path)
  return new RollcallError('storage', `${message}: ${messageOf(error)}`, { hint, cause: error })
}

/** A value in a table that no rollcall has written there. */
export class DamagedValue extends Error {}

/** Numbers beyond JavaScript's are thrown by the SQLite module itself. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedValue) return true
  return error instanceof RangeError || (error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE')
}

interface Explanation {
  readonly code: 'storage' | 'forbidden' | 'timeout'
  readonly message: string
  readonly hint: string
}

const busy = (path: string): Explanation => ({
  code: 'timeout',
  message: `${path} is locked by another process`,
  hint: 'a process that writes for so long may hang; fuser or lsof names it',
})
const readOnly = (path: string): Explanation => ({
  code: 'forbidden',
  message: `${path} may not be written`,
  hint: 'its file, its folder or its disk is read-only for this user',
})

const damaged = (path: string): Explanation => ({
  code: 'storage',
  message: `${path} is damaged`,
  hint: `end the processes that use it, delete ${path}-wal and ${path}-shm, and put a saved copy in its place; sqlite3 with .recover may save what is left`,
})

const EXPLANATIONS: Readonly<Record<number, (path: string) => Explanation>> = {
  [PERM]: readOnly,
  [BUSY]: busy,
  [LOCKED]: busy,
  [PROTOCOL]: busy,
  // A header of which a byte is spoilt may say that newer versions alone write the file.
  [READONLY]: (path) => (mayUse(path) && mayUse(dirname(path)) ? damaged(path) : readOnly(path)),
  [IOERR]: (path) => ({
    code: 'storage',
    message: `${path} could not be read or written`,
    hint: 'look for room on its disk, a limit on the size of files, or a failing disk',
  }),
  [CORRUPT]: damaged,
  [FULL]: (path) => ({
    code: 'storage',
    message: `the disk of ${path} is full`,
    hint: 'make room there and try again',
  }),
  [TOOBIG]: (path) => ({
    code: 'storage',
    message: `a value is too large for ${path}`,
    hint: 'SQLite holds values of up to 1 GB',
  }),
  [NOTADB]: (path) => ({
    code: 'storage',
    message: `${path} is no SQLite file`,
    hint: 'name another file; a new one is made by the first register',
  }),
}

function explanationOf(code: number, error: unknown, path: string): Explanation | undefined {
  if (code === CANTOPEN) return whyNotOpened(error, path)
  // A newer SQLite opens a folder, and fails when it reads it.
  if (code === IOERR && isFolder(path)) return folderInItsPlace(path)
  return EXPLANATIONS[code]?.(path)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function folderInItsPlace(path: string): Explanation {
  return { code: 'storage', message: `${path} is a folder`, hint: 'name a file in it' }
}

function whyNotOpened(error: unknown, path: string): Explanation {
  const folder = dirname(path)
  if (!existsSync(folder))
    return { code: 'storage', message: `there is no folder ${folder}`, hint: `make it first: mkdir -p '${folder}'` }
  if (isFolder(path)) return folderInItsPlace(path)
  if (!mayUse(existsSync(path) ? path : folder))
    return {
      code: 'forbidden',
      message: `${path} may not be opened`,
      hint: 'look at the permissions of file and folder',
    }
  if (!mayUse(folder)) return readOnly(path)
  return { code: 'storage', message: `${path}: ${messageOf(error)}`, hint: 'look at the file, its folder and its disk' }
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** What SQLite says, where the module throws it without a code. */
const SAID: ReadonlyMap<string, number> = new Map([
  ['database is locked', BUSY],
  ['database table is locked', LOCKED],
  ['attempt to write a readonly database', READONLY],
  ['disk I/O error', IOERR],
  ['database disk image is malformed', CORRUPT],
  ['database or disk is full', FULL],
  ['unable to open database file', CANTOPEN],
  ['locking protocol', PROTOCOL],
  ['string or blob too big', TOOBIG],
  ['file is not a database', NOTADB],
])

/** 0 for what is no error of SQLite. */
function resultCode(error: unknown): number {
  if (!(error instanceof Error)) return 0
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  return SAID.get(error.message) ?? 0
}
