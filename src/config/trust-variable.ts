import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import type { Environment } from '../backends/contract/backend.ts'
import { RollcallError } from '../model/errors.ts'
import { notEmpty } from './layers.ts'

export const TRUST_VARIABLE = 'ROLLCALL_TRUST_PROJECT'

/**
 * Whether ROLLCALL_TRUST_PROJECT holds the path of this file, or of a folder above it: how a CI job trusts what it has checked out.
 *
 * @throws RollcallError `config` where it is empty, `usage` where its path is relative: that would be another one in each folder.
 */
export async function isTrustedByVariable(path: string, env: Environment): Promise<boolean> {
  const value = env[TRUST_VARIABLE]
  if (value === undefined) return false
  if (!isAbsolute(notEmpty(value, TRUST_VARIABLE))) {
    throw new RollcallError('usage', `${TRUST_VARIABLE} must be an absolute path, and is "${value}"`, {
      hint: `for example ${TRUST_VARIABLE}=${dirname(path)}`,
    })
  }
  const file = await placeOf(path)
  const folder = await realpath(value).catch(() => resolve(value))
  return file === (await placeOf(value)) || file.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

/** The path with its folder's links followed, and not those of the file: relative paths in it count from that folder. */
export async function placeOf(path: string): Promise<string> {
  const folder = dirname(resolve(path))
  return join(await realpath(folder).catch(() => folder), basename(path))
}
