import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { unreadable } from './system-error.ts'
import { readYaml } from './yaml-file.ts'

/** A map, list or scalar of a configuration file. */
export type Tree = { [key: string]: unknown }

/**
 * A Kratos configuration: one file, or all YAML and JSON files of a folder, by name, a later one over an earlier.
 *
 * @throws RollcallError `config` where there is none, or where it cannot be read.
 */
export async function readKratosFiles(path: string): Promise<Tree> {
  let merged: Tree = {}
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

async function readTree(path: string): Promise<Tree> {
  const file = await readYaml(path)
  const tree = plain(() => file.document.toJS() as unknown)
  if (tree === null) return {}
  if (isTree(tree)) return tree
  throw file.fault(file.document.contents, 'the file must be a map of names and values')

  function plain(read: () => unknown): unknown {
    try {
      return read()
    } catch {
      throw file.fault(undefined, 'an alias in this file leads nowhere, or to too much')
    }
  }
}

function merge(under: Tree, over: Tree): Tree {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key]
    merged[key] = isTree(before) && isTree(value) ? merge(before, value) : value
  }
  return merged
}

export function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
