import { stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { type Description, readDescription } from './description.ts'
import { readYaml } from './yaml-file.ts'

export const PROJECT_FILE = 'rollcall.yaml'

/** The nearest `rollcall.yaml` in a folder or above it, and how to call it from there: it describes a registry or names a context. */
export interface ProjectFile {
  /** `rollcall.yaml`, `../rollcall.yaml` */
  readonly name: string
  readonly is: { readonly context: string } | Described
}

type Described = Description & { readonly registry: string }

/**
 * @returns undefined where there is no such file up to the root.
 * @throws RollcallError `config` for one that names neither a registry nor a context, or a context and more.
 */
export async function findProjectFile(cwd: string): Promise<ProjectFile | undefined> {
  const path = await findUpwards(cwd)
  if (path === undefined) return undefined
  const file = await readYaml(path)
  const where = { base: dirname(path), what: 'the file', mayNameContext: true }
  const { registry, context, ...rest } = readDescription(file, file.document.contents, where)
  const name = relative(cwd, path)
  if (context !== undefined) {
    const alone = registry === undefined && !rest.readOnly && !rest.confirm && Object.keys(rest.fields).length === 0
    if (alone) return { name, is: { context } }
    throw new RollcallError('config', `${path} names a context and more`, {
      hint: 'leave context: alone, or leave it out',
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
  return { name, is: { ...rest, registry } }
}

async function findUpwards(folder: string): Promise<string | undefined> {
  const path = join(folder, PROJECT_FILE)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return path
  const above = dirname(folder)
  return above === folder ? undefined : findUpwards(above)
}
