import type { Environment } from '../backends/contract/driver.ts'
import { type Strangers, PROJECT_FILE, type ProjectFile, hashOf } from './project-file.ts'
import { realpath, readFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { notEmpty } from './layers.ts'
import { configFolder } from './user-folders.ts'
import { readOwnFile } from './read-file.ts'
import { changeFile } from './write-file.ts'

/** A project file that the user trusts, for as long as it has these bytes. */
export interface TrustedFile {
  /** Absolute. */
  readonly path: string
  /** Of the content, hexadecimal. */
  readonly sha256: string
  /** When the user trusted it, in RFC 3339. */
  readonly since: string
}

/** `changed`: it was trusted, with another content. */
export type Trust = 'trusted' | 'changed' | 'untrusted'

/** Where the trusted files are remembered. */
export function trustPath(env: Environment): string {
  return join(configFolder(env), 'trust.json')
}

export async function trustOf({ path, sha256 }: ProjectFile, env: Environment): Promise<Trust> {
  if (await isTrustedByVariable(path, env)) return 'trusted'
  const place = await placeOf(path)
  const known = (await readTrust(env)).find((each) => each.path === place)
  if (!known) return 'untrusted'
  return known.sha256 === sha256 ? 'trusted' : 'changed'
}

/** @throws RollcallError `config` for a file that is not a valid list, or that another user could have written. */
export async function readTrust(env: Environment): Promise<readonly TrustedFile[]> {
  const path = trustPath(env)
  const text = await readOwnFile(path)
  const files = text === undefined ? [] : parsed(text)?.files
  if (Array.isArray(files) && files.every(isTrustedFile)) return files
  throw new RollcallError('config', `${path} is not a valid list of trusted project files`, {
    hint: 'remove it, and trust them again with rollcall trust',
  })
}

/** Trusts the file with the content that it had when it was read. Returns the path under which it is remembered. */
export async function addTrust({ path, sha256 }: ProjectFile, env: Environment, now: number): Promise<string> {
  const place = await placeOf(path)
  await change(env, (files) => [
    ...files.filter((each) => each.path !== place),
    { path: place, sha256, since: new Date(now).toISOString() },
  ])
  return place
}

/** @throws RollcallError `not-found` where it is not trusted. */
export async function removeTrust(path: string, env: Environment): Promise<string> {
  const place = await placeOf(path)
  await change(env, (files) => {
    const others = files.filter((each) => each.path !== place)
    if (others.length < files.length) return others
    throw new RollcallError('not-found', `${place} is not trusted`, {
      hint: 'rollcall trust --list shows those that are',
    })
  })
  return place
}

/** The trusted project file of the current folder, or of the nearest folder above; undefined when there is none. */
export async function nearestTrusted(cwd: string, env: Environment): Promise<string | undefined> {
  const known = new Set((await readTrust(env)).map(({ path }) => path))
  for (let folder = dirname(await placeOf(join(cwd, PROJECT_FILE))); ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE)
    if (known.has(path)) return path
    if (dirname(folder) === folder) return undefined
  }
}

/** Whether the file still has the trusted content. */
export async function stateOf({ path, sha256 }: TrustedFile): Promise<'trusted' | 'changed' | 'gone'> {
  const content = await readFile(path).catch(() => undefined)
  if (!content) return 'gone'
  return hashOf(content) === sha256 ? 'trusted' : 'changed'
}

async function change(
  env: Environment,
  edit: (files: readonly TrustedFile[]) => readonly TrustedFile[],
): Promise<void> {
  await changeFile(trustPath(env), async () => {
    const files = edit(await readTrust(env))
    return `${JSON.stringify({ files }, undefined, 2)}\n`
  })
}

function parsed(text: string): { readonly files?: unknown } | undefined {
  try {
    return JSON.parse(text) as { files?: unknown }
  } catch {
    return undefined
  }
}

function isTrustedFile(value: unknown): value is TrustedFile {
  const { path, sha256, since } = (value ?? {}) as Partial<TrustedFile>
  return [path, sha256, since].every((each) => typeof each === 'string')
}

export const TRUST_VARIABLE = 'ROLLCALL_TRUST_PROJECT'

/**
 * Whether ROLLCALL_TRUST_PROJECT holds the path of this file, or of a folder above it: how a CI job trusts what it has checked out.
 *
 * @throws RollcallError `config` where it is empty, `usage` where its path is relative: that would be another one in each folder.
 */
async function isTrustedByVariable(path: string, env: Environment): Promise<boolean> {
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
async function placeOf(path: string): Promise<string> {
  const folder = dirname(resolve(path))
  return join(await realpath(folder).catch(() => folder), basename(path))
}

/** Project files of other users are left out with a warning, but for those that ROLLCALL_TRUST_PROJECT names. */
export function strangersOf({
  env,
  warn,
}: {
  readonly env: Environment
  readonly warn: (message: string) => void
}): Strangers {
  return {
    accepts: (path) => isTrustedByVariable(path, env),
    leftOut: (path, uid) =>
      warn(`${path} is ignored: it belongs to another user (uid ${uid}); ${TRUST_VARIABLE}=${path} accepts it`),
  }
}
