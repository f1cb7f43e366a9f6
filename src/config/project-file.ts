import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { type RegistryDescription, readDescription } from './description.ts'
import { codeOf, unreadable } from './read-file.ts'
import { parseYaml } from './yaml-file.ts'

export const PROJECT_FILE = 'rollcall.yaml'

/** The nearest `rollcall.yaml` in a folder or above it, and how to call it from there: it describes a registry or names a context. */
export interface ProjectFile {
  /** `rollcall.yaml`, `../rollcall.yaml` */
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** SHA-256 of the bytes that were read, hexadecimal: what is trusted is what is in force. */
  readonly sha256: string
  readonly is: { readonly context: string } | Described
}

export type Described = RegistryDescription & { readonly registry: string }

/** How to treat a project file that belongs to another user. */
export interface Strangers {
  /** Whether it is used all the same. */
  accepts(path: string): Promise<boolean>
  /** Is called with the path and owner of each that is left out. */
  leftOut(path: string, uid: number): void
}

/**
 * A file whose owner is neither this user nor root is passed over, as if it were not there.
 *
 * @returns undefined where there is no such file up to the root.
 * @throws RollcallError `config` for one that names neither a registry nor a context, or a context and more.
 */
export async function findProjectFile(cwd: string, strangers: Strangers): Promise<ProjectFile | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await projectFileIn(folder, strangers, cwd)
    if (found || dirname(folder) === folder) return found
  }
}

/** The one in that folder itself, named as it is called from another. */
export async function projectFileIn(
  folder: string,
  strangers: Strangers,
  cwd = folder,
): Promise<ProjectFile | undefined> {
  const path = join(folder, PROJECT_FILE)
  const content = await contentAt(path, strangers)
  return content && projectFileOf(path, content, relative(cwd, path))
}

/** The bytes of a file that is there and may be used. The owner of the opened file is checked, so that the file cannot be exchanged in between. */
async function contentAt(path: string, strangers: Strangers): Promise<Buffer | undefined> {
  const link = await lstat(path).catch(() => undefined)
  if (!link || (await isLeftOut(path, link.uid, strangers))) return undefined
  await using file = await openAt(path)
  const found = await file?.stat()
  if (!file || !found?.isFile() || (await isLeftOut(path, found.uid, strangers))) return undefined
  return await file.readFile()
}

/** Undefined for a link that is broken. A pipe is not waited for. */
async function openAt(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unreadable(path, error)
  }
}

async function isLeftOut(path: string, uid: number, strangers: Strangers): Promise<boolean> {
  if (uid === 0 || uid === process.getuid?.() || (await strangers.accepts(path))) return false
  strangers.leftOut(path, uid)
  return true
}

export function hashOf(content: Buffer): string {
  // Loaded here: every command loads this file, and the module takes as long as ten of ours.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(content).digest('hex')
}

async function projectFileOf(path: string, content: Buffer, name: string): Promise<ProjectFile> {
  const file = await parseYaml(path, content.toString('utf8'))
  const where = { base: dirname(path), what: 'the file', mayNameContext: true }
  const { registry, context, ...rest } = readDescription(file, file.document.contents, where)
  const sha256 = hashOf(content)
  if (context !== undefined) {
    const { readOnly, confirm, protected: kept, protectedHours, fields } = rest
    const others = [...kept, ...protectedHours, ...Object.keys(fields)]
    const alone = registry === undefined && !readOnly && !confirm && others.length === 0
    if (alone) return { name, path, sha256, is: { context } }
    throw new RollcallError('config', `${path} names a context together with other fields`, {
      hint: 'keep context: alone, or remove it',
    })
  }
  if (registry === undefined) {
    throw new RollcallError('config', `${path} names no registry`, {
      hint: 'write registry: URL or context: NAME into it',
    })
  }
  if (rest.confirm) {
    throw new RollcallError('config', `${path}: only a context has a name to confirm`, {
      hint: 'make it a context and write context: NAME into this file',
    })
  }
  return { name, path, sha256, is: { ...rest, registry } }
}
