import { readFile } from 'node:fs/promises'
import type { Document, YAMLMap } from 'yaml'
import { RollcallError } from '../model/errors.ts'
import { codeOf, unreadable } from './read-file.ts'

/** A parsed YAML (or JSON) file, with what it takes to report the line of a node. */
export interface YamlFile {
  readonly path: string
  readonly yaml: typeof import('yaml')
  readonly document: Document
  /** An error about the place where a node begins: `/etc/app.yaml:3: …`. */
  fault(node: unknown, message: string, hint?: string): RollcallError
  /** Where a node begins, both from 1. */
  placeOf(node: unknown): { readonly line: number; readonly column: number }
}

/**
 * An empty document where there is no such file.
 *
 * @throws RollcallError `config` for a file that cannot be read or is not YAML. The parser's own message is left out:
 * it quotes the file, which may hold a secret.
 */
export async function readYaml(path: string): Promise<YamlFile> {
  return parseYaml(path, (await readIfThere(path)) ?? '')
}

/**
 * Parses a text that has already been read; `path` is for messages, which also have the column where `columns` is set.
 * @throws RollcallError `config` for a text that is not YAML
 */
export async function parseYaml(path: string, text: string, { columns = false } = {}): Promise<YamlFile> {
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const faultAt = (offset: number, message: string, hint?: string) => {
    const { line, column } = placeAt(offset)
    const where = columns ? `${path}:${line}:${column}` : `${path}:${line}`
    return new RollcallError('config', `${where}: ${message}`, hint === undefined ? {} : { hint })
  }
  if (error?.code === 'DUPLICATE_KEY') throw faultAt(error.pos[0], 'this key is there twice', 'keep one of them')
  if (error) throw faultAt(error.pos[0], 'this is not valid YAML')
  return {
    path,
    yaml,
    document,
    fault: (node, message, hint) => faultAt(startOf(node), message, hint),
    placeOf: (node) => placeAt(startOf(node)),
  }
}

/** The pairs of a map, by name; none where it is empty or left out. */
export function pairsOf(
  file: YamlFile,
  node: unknown,
  what: string,
): { key: string; keyNode: unknown; value: unknown }[] {
  const map = asMap(file, node, what)
  return (map?.items ?? []).map(({ key, value }) => ({ key: String(key), keyNode: key, value }))
}

/** Text of a scalar node. */
export function textOf(file: YamlFile, node: unknown, name: string): string {
  const value: unknown = file.yaml.isScalar(node) ? node.value : undefined
  if (typeof value === 'string' && value !== '') return value
  throw file.fault(node, `${name} must be text, and not empty`, `write it in quotes: ${name}: "…"`)
}

function asMap(file: YamlFile, node: unknown, what: string): YAMLMap | undefined {
  if (node === null || node === undefined || (file.yaml.isScalar(node) && node.value === null)) return undefined
  if (!file.yaml.isMap(node)) throw file.fault(node, `${what} must be a map of names and values`)
  return node
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw unreadable(path, error)
  }
}

function startOf(node: unknown): number {
  const range = node !== null && typeof node === 'object' && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0
}
