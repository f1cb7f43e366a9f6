import { readdir, stat } from 'node:fs/promises'
import { join, dirname } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { unreadable } from './read-file.ts'
import { readYaml } from './yaml-file.ts'
import type { Environment } from '../backends/contract/driver.ts'
import { driverFor } from '../backends/index.ts'
import { ALIASES, KINDS, type KratosRegistry } from './kratos-kinds.ts'
import { KratosPart, type ConfigTree, isTree } from './kratos-part.ts'
import { FIELD_NAMES } from './settings.ts'
import { type Fields, absolute } from './layers.ts'

/** Without `type`, the first of these that names a server, as Kratos' own example has it. */
const ORDER = ['consul', 'etcd', 'nacos']

/** The registry block of a Kratos configuration, and how placeholders in it are filled. */
interface Block {
  readonly path: string
  readonly block: ConfigTree
  readonly fill: (value: unknown) => unknown
}

/**
 * Reads the registry of a Kratos configuration file or folder: from its `registry:` block, or from the root, where many programs
 * have the kinds. `type` decides which kind; without it consul, etcd or nacos, the first that names a server.
 * Where Kratos would run without a registry, this is an error. `warn` hears which settings are not used.
 *
 * @throws RollcallError `config` for a block that is missing or wrong, and for a kind that is not known.
 */
export async function readKratosConfig(
  path: string,
  env: Environment,
  warn: (message: string) => void = () => {},
): Promise<KratosRegistry> {
  const tree = await readKratosFiles(path)
  const block = blockIn(tree, path)
  const where = { path, block, fill: (value: unknown) => expand(value, tree, env) }
  if (/^(?:false|0|no|off)$/i.test(String(where.fill(block['enabled'] ?? block['enable'])))) {
    throw fault(
      path,
      'switches its registry off: enabled is false',
      'name the registry with --registry, or switch it on',
    )
  }
  const { part, found } = chosen(where)
  const left = part.left().filter((name) => !/\.enabled?$/.test(name))
  if (left.length > 0) warn(`the Kratos configuration ${path}: not used: ${left.join(', ')}`)
  const folder = (await stat(path)).isDirectory() ? path : dirname(path)
  return { ...found, fields: fromFolder(found.fields, folder) }
}

function blockIn(tree: ConfigTree, path: string): ConfigTree {
  const block = tree['registry']
  if (isTree(block)) return block
  const known = [...KINDS.keys(), ...ALIASES.keys()]
  if (known.some((kind) => isTree(valueIn(tree, kind)))) return tree
  throw fault(path, 'has no registry: block', 'add one, or put consul, etcd, nacos, zookeeper or polaris at its root')
}

function chosen(where: Block): { part: KratosPart; found: KratosRegistry } {
  const type = where.fill(where.block['type'])
  if (type !== undefined && type !== null && type !== '') return byType(where, type)
  for (const kind of ORDER) {
    const part = partOf(where, kind, valueIn(where.block, kind))
    const found = part.switch(['enabled', 'enable']) === false ? undefined : KINDS.get(kind)?.(part)
    if (found) return { part, found }
  }
  throw fault(where.path, `names no server in its registry: block`, otherKinds(where.block))
}

function byType(where: Block, type: unknown): { part: KratosPart; found: KratosRegistry } {
  const word = typeof type === 'string' ? type.trim().toLowerCase() : ''
  const kind = ALIASES.get(word) ?? word
  const read = KINDS.get(kind)
  if (!read || !driverFor(kind)) {
    throw fault(
      where.path,
      `has a registry of type "${typeof type === 'string' ? type : JSON.stringify(type)}", which is not known`,
      `type may be ${[...KINDS.keys()].join(', ')}`,
    )
  }
  const value = valueIn(where.block, word) ?? valueIn(where.block, kind)
  // Some programs have the settings of their one kind beside its type.
  const beside = Object.fromEntries(Object.entries(where.block).filter(([key]) => key !== 'type'))
  const part = partOf(where, kind, isTree(value) ? value : hasKinds(beside) ? {} : beside)
  if (part.switch(['enabled', 'enable']) === false) throw fault(where.path, `switches ${kind} off: enabled is false`)
  const found = read(part)
  if (found) return { part, found }
  throw fault(
    where.path,
    `has the type ${kind}, and names no server of it`,
    `write ${kind}: with its endpoints below registry:`,
  )
}

function partOf({ path, fill }: Block, kind: string, value: unknown): KratosPart {
  const filled = fill(value)
  return new KratosPart(kind, isTree(filled) ? filled : {}, path)
}

/** The capitals of names make no difference. */
function valueIn(tree: ConfigTree, name: string): unknown {
  const key = Object.keys(tree).find((each) => each.toLowerCase() === name)
  return key === undefined ? undefined : tree[key]
}

function hasKinds(tree: ConfigTree): boolean {
  return [...KINDS.keys()].some((kind) => isTree(valueIn(tree, kind)))
}

function otherKinds(block: ConfigTree): string | undefined {
  const kind = [...KINDS.keys()].find((each) => !ORDER.includes(each) && isTree(valueIn(block, each)))
  return kind && `it has ${kind}: add type: ${kind}`
}

/** Paths go from the folder of the file. */
function fromFolder(fields: Fields, folder: string): Fields {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const value = fields[name]
      return value === undefined ? [] : [[name, absolute(name, value, folder)]]
    }),
  )
}

function fault(path: string, message: string, hint?: string): RollcallError {
  return new RollcallError('config', `the Kratos configuration ${path} ${message}`, { hint })
}

/**
 * Kratos' `${NAME:default}`: NAME is a variable (also with the prefix `KRATOS_` that its documentation uses), or the
 * dotted path of another value of the same configuration. Kratos reads one that is neither as empty text; here it is an
 * error, because an unset variable must not lead to another registry.
 *
 * @throws RollcallError `config` naming the placeholder, never its value.
 */
function expand(value: unknown, tree: ConfigTree, env: Environment): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{(.*?)\}/g, (_, inside: string) => resolveOne(inside, tree, env))
  if (Array.isArray(value)) return value.map((item) => expand(item, tree, env))
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, tree, env)]))
}

function resolveOne(inside: string, tree: ConfigTree, env: Environment): string {
  const colon = inside.indexOf(':')
  const name = (colon < 0 ? inside : inside.slice(0, colon)).trim()
  const found = env[name] ?? env[`KRATOS_${name}`] ?? scalarAt(tree, name)
  if (found !== undefined) return found
  if (colon >= 0) return inside.slice(colon + 1).trim()
  throw new RollcallError('config', `the placeholder \${${name}} has neither a value nor a default`, {
    hint: `set the variable ${name}`,
  })
}

function scalarAt(tree: ConfigTree, path: string): string | undefined {
  let at: unknown = tree
  for (const step of path.split('.')) at = isTree(at) && Object.hasOwn(at, step) ? at[step] : undefined
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : undefined
}

/**
 * A Kratos configuration: one file, or all YAML and JSON files of a folder, by name, a later one over an earlier.
 *
 * @throws RollcallError `config` where there is none, or where it cannot be read.
 */
async function readKratosFiles(path: string): Promise<ConfigTree> {
  let merged: ConfigTree = {}
  for (const file of await filesAt(path)) merged = merge(merged, await readTree(file))
  return merged
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = await readdir(path)
    const files = names.filter((name) => !name.startsWith('.') && /\.(ya?ml|json)$/i.test(name)).sort()
    if (files.length > 0) return files.map((name) => join(path, name))
  } catch (error) {
    throw unreadable(`the Kratos configuration ${path}`, error)
  }
  throw new RollcallError('config', `the folder ${path} holds no .yaml, .yml or .json file`)
}

async function readTree(path: string): Promise<ConfigTree> {
  const file = await readYaml(path)
  const tree = plain(() => file.document.toJS() as unknown)
  if (tree === null) return {}
  if (isTree(tree)) return tree
  throw file.fault(file.document.contents, 'the file must be a map of names and values')

  function plain(read: () => unknown): unknown {
    try {
      return read()
    } catch {
      throw file.fault(undefined, 'a YAML alias is undefined or expands too far')
    }
  }
}

function merge(under: ConfigTree, over: ConfigTree): ConfigTree {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key]
    merged[key] = isTree(before) && isTree(value) ? merge(before, value) : value
  }
  return merged
}
