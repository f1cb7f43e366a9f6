import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import { homeFolder } from '../../contract/home-folder.ts'
import { type Tree, isTree, listIn, textIn, treeIn } from '../object.ts'

/** What the files say together. Source: the Config type (v1) of client-go's clientcmd, and its rules for merging. */
export interface Kubeconfig {
  readonly files: readonly string[]
  readonly current: string | undefined
  readonly contexts: ReadonlyMap<string, Named>
  readonly clusters: ReadonlyMap<string, Named>
  readonly users: ReadonlyMap<string, Named>
}

/** An entry, with the folder from which its relative paths go. */
export interface Named {
  readonly value: Tree
  readonly folder: string
}

/**
 * Reads a list of files of which the first to name something wins. Those of a list may be missing, not all of them.
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
  readonly content: Tree
}

async function readOne(path: string): Promise<File | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    const { parse } = await import('yaml')
    const content: unknown = parse(text) ?? {}
    if (isTree(content)) return { path, content }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    // What a parser quotes of the file could be a secret: its first line says what and where.
    const [what = ''] = messageOf(error).split('\n', 1)
    throw unreadable(path, what, error)
  }
  throw unreadable(path, 'it is no YAML object')
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
