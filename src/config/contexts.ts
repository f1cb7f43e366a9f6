import { RollcallError } from '../model/errors.ts'
import { absoluteRegistry, type RegistryDescription, readDescription, unknownField } from './description.ts'
import { FIELD_NAMES, type GlobalFlags } from './settings.ts'
import { flagLayer, notEmpty } from './layers.ts'
import { merge, settingsOf } from './merge.ts'
import { dirname, join } from 'node:path'
import type { Environment } from '../backends/contract/driver.ts'
import { configFolder } from './user-folders.ts'
import { suggestion } from '../reports/near-names.ts'
import { recognize } from './target.ts'
import { changeFile } from './write-file.ts'
import { type YamlFile, pairsOf, readYaml, textOf } from './yaml-file.ts'

/** The named registries of one user, as they lie in `config.yaml` of the XDG config folder. */
export interface Contexts {
  readonly path: string
  readonly current?: string
  readonly names: readonly string[]
  /** @throws RollcallError `config` for an unknown name, and for an invalid context. */
  get(name: string): RegistryDescription
}

/** What `context add` stores, with the keys and the order of the file. */
export type NewContext = Readonly<Record<string, string | boolean>> & { readonly registry: string }

export function contextsPath(env: Environment): string {
  return join(configFolder(env), 'config.yaml')
}

export async function readContexts(env: Environment): Promise<Contexts> {
  return contextsOf(await readYaml(contextsPath(env)))
}

/** @throws RollcallError `usage` for a bad name or one that is taken, and for a URL that is invalid or holds a password. */
export async function addContext(env: Environment, name: string, context: NewContext): Promise<void> {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.@-]*$/u.test(name)) {
    throw new RollcallError('usage', `"${name}" cannot be the name of a context`, {
      hint: 'use letters, digits and . _ - @, beginning with a letter or digit',
    })
  }
  recognize(context.registry)
  await change(env, ({ document }, { names }) => {
    if (names.includes(name)) {
      throw new RollcallError('usage', `context ${name} already exists`, {
        hint: `remove it first: rollcall context rm ${name}`,
      })
    }
    document.setIn(['contexts', name], document.createNode(context))
  })
}

export async function useContext(env: Environment, name: string): Promise<void> {
  await change(env, ({ document }, contexts) => {
    contexts.get(name)
    document.set('current', name)
  })
}

/** If it was the current context, no context is current afterwards. */
export async function removeContext(env: Environment, name: string): Promise<void> {
  await change(env, ({ document }, { path, names, current }) => {
    if (!names.includes(name)) throw noSuchContext(path, name, names)
    document.deleteIn(['contexts', name])
    if (current === name) document.delete('current')
  })
}

async function change(env: Environment, edit: (file: YamlFile, contexts: Contexts) => void): Promise<void> {
  await changeFile(contextsPath(env), async () => {
    const file = await readYaml(contextsPath(env))
    edit(file, contextsOf(file))
    return file.document.toString()
  })
}

function contextsOf(file: YamlFile): Contexts {
  const known = ['current', 'contexts']
  const top = pairsOf(file, file.document.contents, 'the file')
  for (const { key, keyNode } of top) if (!known.includes(key)) throw unknownField(file, keyNode, key, known)
  const currentNode = top.find(({ key }) => key === 'current')?.value
  const contexts = pairsOf(file, top.find(({ key }) => key === 'contexts')?.value, 'contexts')
  const names = contexts.map(({ key }) => key)
  return {
    path: file.path,
    ...(currentNode === undefined ? {} : { current: textOf(file, currentNode, 'current') }),
    names,
    get(name) {
      const found = contexts.find(({ key }) => key === name)
      if (!found) throw noSuchContext(file.path, name, names)
      const where = { base: dirname(file.path), what: `context ${name}`, mayNameContext: false }
      const description = readDescription(file, found.value, where)
      if (description.registry === undefined) throw file.fault(found.keyNode, `context ${name} names no registry`)
      return description
    },
  }
}

function noSuchContext(path: string, name: string, names: readonly string[]): RollcallError {
  return new RollcallError('config', `there is no context "${name}" in ${path}`, {
    hint: names.length > 0 ? suggestion(name, names) : `rollcall context add ${name} --registry URL makes it`,
  })
}

/**
 * The flags of `context add` as a context's fields. Paths become absolute, so that it means the same in every folder.
 *
 * @throws RollcallError `usage` for a value that makes no sense.
 */
export function contextFrom(
  flags: GlobalFlags,
  cwd: string,
  guards: { readonly readOnly: boolean; readonly confirm: boolean },
): NewContext {
  if (flags.registry === undefined) {
    throw new RollcallError('usage', 'a context needs a registry', {
      hint: 'add for example --registry etcd://127.0.0.1:2379',
    })
  }
  const layer = flagLayer(flags, cwd)
  settingsOf(merge([layer]))
  const fields = FIELD_NAMES.flatMap((name) => {
    const found = layer.get(name)
    return found ? [[name, found.value] as const] : []
  })
  return {
    registry: absoluteRegistry(notEmpty(flags.registry, '--registry'), cwd),
    ...Object.fromEntries(fields),
    ...(guards.readOnly ? { readOnly: true } : {}),
    ...(guards.confirm ? { confirm: 'name' } : {}),
  }
}
