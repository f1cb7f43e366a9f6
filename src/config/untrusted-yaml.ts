import type { RollcallError } from '../model/errors.ts'
import { FILE_FORMAT, USE_NEWER, formatText, isOtherFormat } from '../model/file-format.ts'
import { suggestion } from '../reports/near-names.ts'
import { type YamlFile, parseYaml } from './yaml-file.ts'

/**
 * Parses a text that may come from anybody, as a repository's files do. The caller bounds its length. Every error has line and column.
 * @param what - as people call it: `a manifest`
 * @throws RollcallError `config` for a text that is not YAML, for another version of the format, and for aliases, which a short text can expand without end
 */
export async function parseUntrusted(path: string, text: string, what: string): Promise<YamlFile> {
  const file = await parseYaml(path, text, { columns: true })
  const { contents } = file.document
  const version = file.yaml.isMap(contents) ? contents.get('apiVersion', true) : undefined
  if (isOtherFormat(version?.value)) throw file.fault(version, formatText('it', version.value, FILE_FORMAT), USE_NEWER)
  file.yaml.visit(file.document, {
    Alias: (_, node) => {
      throw file.fault(node, `${what} has no aliases`, 'write the value out; a name that begins with * needs quotes')
    },
  })
  return file
}

/** Texts of a list, or a single text as a list of one. */
export function texts(file: YamlFile, node: unknown, name: string): string[] {
  return nodesOf(file, node, name).map((each) => textIn(file, each, name))
}

/** The items of a list, or a single value as a list of one. */
export function nodesOf(file: YamlFile, node: unknown, name: string): unknown[] {
  if (!file.yaml.isSeq(node)) return [node]
  if (node.items.length > 0) return node.items
  throw file.fault(node, `${name} is an empty list`, 'leave it out')
}

/** The text of a scalar node, which may be empty. */
export function textIn(file: YamlFile, node: unknown, name: string): string {
  const value: unknown = file.yaml.isScalar(node) ? node.value : undefined
  if (typeof value === 'string') return value
  throw file.fault(node, `${name} must be text`, 'write it in quotes')
}

/** A whole number from 0. */
export function count(file: YamlFile, node: unknown, name: string): number {
  const value: unknown = file.yaml.isScalar(node) ? node.value : undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw file.fault(node, `${name} must be a whole number, 0 or more`)
}

/** One of these words. */
export function word<const Word extends string>(
  file: YamlFile,
  node: unknown,
  name: string,
  words: readonly Word[],
): Word {
  const given = textIn(file, node, name)
  const found = words.find((each) => each === given)
  if (found) return found
  throw file.fault(node, `${name} cannot be "${given}"`, `one of ${words.join(', ')}`)
}

/** For a field that may be left out, and otherwise has one value. */
export function exactly(file: YamlFile, pair: { value: unknown } | undefined, name: string, wanted: string): void {
  if (pair && textIn(file, pair.value, name) !== wanted)
    throw file.fault(pair.value, `${name} must be ${wanted}`, `remove it, or write ${name}: ${wanted}`)
}

/** The error for a field that there is not. */
export function unknown(file: YamlFile, node: unknown, key: string, known: readonly string[]): RollcallError {
  return file.fault(node, `there is no field "${key}"`, suggestion(key, known))
}
