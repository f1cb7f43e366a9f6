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

/** Whether other processes lock the file at the moment, so that a retry can succeed. */
export function isBusy(error: unknown): boolean {
  return [BUSY, LOCKED, PROTOCOL].includes(resultCode(error))
}

/** Whether reading failed because SQLite has no permission to write next to the file. */
export function needsToWrite(error: unknown): boolean {
  return [CANTOPEN, READONLY].includes(resultCode(error))
}

/** The RollcallError for an error of SQLite with the file at that path. Other errors are returned unchanged. */
export function explained(error: unknown, path: string): unknown {
  const code = resultCode(error)
  const known = isDamage(error) ? damaged(path) : explanationOf(code, error, path)
  if (known) return new RollcallError(known.code, known.message, { hint: known.hint, cause: error })
  if (code === 0) return error
  // The statements are always the same, so an error such as a missing table means that the file is damaged.
  const { message, hint } = damaged(path)
  return new RollcallError('storage', `${message}: ${messageOf(error)}`, { hint, cause: error })
}

/** A value in a table that no rollcall has written there. */
export class DamagedValue extends Error {}

/** Whether the stored data are damaged. For numbers beyond the range of JavaScript the SQLite module itself throws. */
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
  hint: 'that process may hang; fuser or lsof shows which one it is',
})
const readOnly = (path: string): Explanation => ({
  code: 'forbidden',
  message: `no permission to write ${path}`,
  hint: 'its file, its folder or its disk is read-only for this user',
})

const damaged = (path: string): Explanation => ({
  code: 'storage',
  message: `${path} is damaged`,
  hint: `stop the processes that use it, delete ${path}-wal and ${path}-shm, and put a saved copy in its place; the .recover command of sqlite3 may save what is left`,
})

const EXPLANATIONS: Readonly<Record<number, (path: string) => Explanation>> = {
  [PERM]: readOnly,
  [BUSY]: busy,
  [LOCKED]: busy,
  [PROTOCOL]: busy,
  // A damaged byte in the header can claim that only newer versions can write the file.
  [READONLY]: (path) => (mayUse(path) && mayUse(dirname(path)) ? damaged(path) : readOnly(path)),
  [IOERR]: (path) => ({
    code: 'storage',
    message: `${path} could not be read or written`,
    hint: 'check for a full disk, a limit on the size of files, or a failing disk',
  }),
  [CORRUPT]: damaged,
  [FULL]: (path) => ({
    code: 'storage',
    message: `the disk of ${path} is full`,
    hint: 'free some space and try again',
  }),
  [TOOBIG]: (path) => ({
    code: 'storage',
    message: `a value is too large for ${path}`,
    hint: 'SQLite holds values of up to 1 GB',
  }),
  [NOTADB]: (path) => ({
    code: 'storage',
    message: `${path} is not an SQLite file`,
    hint: 'use another path; the first register creates the file',
  }),
}

function explanationOf(code: number, error: unknown, path: string): Explanation | undefined {
  if (code === CANTOPEN) return whyNotOpened(error, path)
  // A newer SQLite opens a folder and fails when reading it.
  if (code === IOERR && isFolder(path)) return folderInItsPlace(path)
  return EXPLANATIONS[code]?.(path)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function folderInItsPlace(path: string): Explanation {
  return { code: 'storage', message: `${path} is a folder`, hint: 'add the name of a file in it' }
}

function whyNotOpened(error: unknown, path: string): Explanation {
  const folder = dirname(path)
  if (!existsSync(folder))
    return { code: 'storage', message: `there is no folder ${folder}`, hint: `create it first: mkdir -p '${folder}'` }
  if (isFolder(path)) return folderInItsPlace(path)
  if (!mayUse(existsSync(path) ? path : folder))
    return {
      code: 'forbidden',
      message: `no permission to open ${path}`,
      hint: 'check the permissions of the file and its folder',
    }
  if (!mayUse(folder)) return readOnly(path)
  return { code: 'storage', message: `${path}: ${messageOf(error)}`, hint: 'check the file, its folder and its disk' }
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Result codes by message, for modules that throw without a code. */
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

/** The primary result code of SQLite; 0 for any other error. */
function resultCode(error: unknown): number {
  if (!(error instanceof Error)) return 0
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  return SAID.get(error.message) ?? 0
}
