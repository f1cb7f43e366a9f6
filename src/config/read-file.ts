import { type FileHandle, open } from 'node:fs/promises'
import { RollcallError } from '../model/errors.ts'

/** A file that was named and cannot be read, as the `config` error to end with. */
export function unreadable(what: string, error: unknown): RollcallError {
  const code = codeOf(error)
  const hint =
    code === 'ENOENT' ? 'check the path for a typing error' : 'name a file that this user has permission to read'
  return new RollcallError('config', `${what} cannot be read: ${code}`, { hint, cause: error })
}

/** `ENOENT`, `EACCES`, … of a failed system call. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause'
}

/**
 * The text of a file that only this user, or root, can have written; undefined where there is none. The file that was opened is
 * the one that is asked.
 *
 * @throws RollcallError `config` for a file that others could have written, and for one that cannot be read.
 */
export async function readOwnFile(path: string): Promise<string | undefined> {
  await using file = await openIfThere(path)
  if (!file) return undefined
  const { uid, mode } = await file.stat()
  if (isOwnFile(uid, mode)) return await file.readFile('utf8')
  throw new RollcallError('config', `${path} could have been written by another user, so it is not used`, {
    hint: `remove it, or make it yours alone: chmod 600 ${path}`,
  })
}

/** Whether only this user, or root, can have written a file. Where files have no such owners, on Windows, the folder's own rights have to do. */
export function isOwnFile(uid: number, mode: number): boolean {
  const own = process.getuid?.()
  return own === undefined || ((uid === 0 || uid === own) && (mode & 0o022) === 0)
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw unreadable(path, error)
  }
}
