import { RollcallError } from '../model/errors.ts'

/** A file that was named and cannot be read, as the `config` error to end with. */
export function unreadable(what: string, error: unknown): RollcallError {
  const code = codeOf(error)
  const hint = code === 'ENOENT' ? 'look for a typing error in the path' : 'name a file that this user may read'
  return new RollcallError('config', `${what} cannot be read: ${code}`, { hint, cause: error })
}

/** `ENOENT`, `EACCES`, … of a failed system call. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause'
}
