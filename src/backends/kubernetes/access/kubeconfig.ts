import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import { homeFolder } from '../../contract/home-folder.ts'
import { type JsonTree, isTree, listIn, textIn, treeIn } from '../object.ts'

/** All kubeconfig files together. Source: the Config type (v1) of client-go's clientcmd, and its rules for merging. */
export interface Kubeconfig {
  readonly files: readonly string[]
  readonly current: string | undefined
  readonly contexts: ReadonlyMap<string, Named>
  readonly clusters: ReadonlyMap<string, Named>
  readonly users: ReadonlyMap<string, Named>
}

/** An entry, with the folder that its relative paths start from. */
export interface Named {
  readonly value: JsonTree
  readonly folder: string
}

/**
 * Reads a list of files, of which the first to name something wins. Some of them can be missing, but not all.
 * @throws RollcallError `config`
 */
export async function readKubeconfig(listed: readonly string[] | undefined): Promise<Kubeconfig> {
  const files = listed ?? [join(homeFolder(process.env), '.kube', 'config')]
  const read = await Promise.all(files.map(readOne))
  const found = read.filter((file) => file !== undefined)
  if (found.length === 0)
    throw new RollcallError('config', `kubernetes: there is no kubeconfig at ${files.join(' or ')}`, {
      hint: 'name one with KUBECONFIG; in a Pod, write k8s: alone',
    })
  return {
    files: found.map(({ path }) => path),
    current: found.map(({ content }) => textIn(content['current-context'])).find((name) => name !== ''),
    contexts: entriesOf(found, 'context'),
    clusters: entriesOf(found, 'cluster'),
    users: entriesOf(found, 'user'),
  }
}

interface File {
  readonly path: string
  readonly content: JsonTree
}

async function readOne(path: string): Promise<File | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    const { parse } = await import('yaml')
    const content: unknown = parse(text) ?? {}
    if (isTree(content)) return { path, content }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    // A parser quotes the file, and that could be a secret; the first line of its message does not.
    const [what = ''] = messageOf(error).split('\n', 1)
    throw unreadable(path, what, error)
  }
  throw unreadable(path, 'it is not a YAML object')
}

function unreadable(path: string, why: string, cause?: unknown): RollcallError {
  return new RollcallError('config', `kubernetes: the kubeconfig ${path} cannot be read: ${why}`, { cause })
}

function entriesOf(files: readonly File[], kind: 'context' | 'cluster' | 'user'): Map<string, Named> {
  const entries = new Map<string, Named>()
  for (const { path, content } of files) {
    for (const entry of listIn(content[`${kind}s`]).map(treeIn)) {
      const name = textIn(entry['name'])
      if (!entries.has(name)) entries.set(name, { value: treeIn(entry[kind]), folder: dirname(resolve(path)) })
    }
  }
  return entries
}

/** What a field holds as data, or else the file that it names. Undefined without either. @throws RollcallError `config` */
export async function pemOf({ value, folder }: Named, field: string): Promise<Buffer | undefined> {
  const data = textIn(value[`${field}-data`])
  if (data !== '') return Buffer.from(data, 'base64')
  const path = textIn(value[field])
  if (path === '') return undefined
  try {
    return await readFile(resolve(folder, path))
  } catch (error) {
    throw new RollcallError('config', `kubernetes: the ${field} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
