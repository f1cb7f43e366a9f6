import { resolve } from 'node:path'
import { FIELDS, FIELD_NAMES, type FieldName, isFieldName } from './settings.ts'
import { type Fields, absolute } from './layers.ts'
import type { Protection } from '../reports/protection.ts'
import { hoursFrom, protectedFrom } from './protection.ts'
import { suggestion } from '../reports/near-names.ts'
import { type YamlFile, pairsOf, textOf } from './yaml-file.ts'

/** One registry as a context or a project file describes it. Paths and `file:` URLs are absolute. */
export interface RegistryDescription extends Protection {
  /** As written, or undefined. */
  readonly registry?: string
  /** Only in a project file: the context that is meant. */
  readonly context?: string
  readonly fields: Fields
  readonly readOnly: boolean
  readonly confirm?: 'name'
}

const OWN = ['registry', 'readOnly', 'confirm', 'protected', 'protectedHours']
const SECRET = /^(password|token|secret)$/i

/**
 * Reads the fields of a context or of a project file.
 *
 * @throws RollcallError `config` with file and line for an unknown field, a wrong type, or a secret.
 */
export function readDescription(
  file: YamlFile,
  node: unknown,
  where: { readonly base: string; readonly what: string; readonly mayNameContext: boolean },
): RegistryDescription {
  const known = [...OWN, ...(where.mayNameContext ? ['context'] : []), ...FIELD_NAMES]
  const fields: { [Name in FieldName]?: string | boolean } = {}
  const own = new Map<string, unknown>()
  for (const { key, keyNode, value } of pairsOf(file, node, where.what)) {
    if (SECRET.test(key)) throw secretInFile(file, keyNode, key)
    if (!known.includes(key)) throw unknownField(file, keyNode, key, known)
    if (isFieldName(key)) fields[key] = readField(file, value, key, where.base)
    else own.set(key, value)
  }
  return {
    registry: own.has('registry')
      ? absoluteRegistry(textOf(file, own.get('registry'), 'registry'), where.base)
      : undefined,
    context: own.has('context') ? textOf(file, own.get('context'), 'context') : undefined,
    fields,
    readOnly: own.has('readOnly') && switchOf(file, own.get('readOnly'), 'readOnly'),
    protected: own.has('protected') ? protectedFrom(file, own.get('protected')) : [],
    protectedHours: own.has('protectedHours') ? hoursFrom(file, own.get('protectedHours')) : [],
    confirm: own.has('confirm') ? confirmOf(file, own.get('confirm')) : undefined,
  }
}

/** A relative path in a `file:` URL becomes absolute; all else stays as it is. */
export function absoluteRegistry(url: string, base: string): string {
  const match = /^\s*file:(?!\/)([^?#]*)(.*)$/is.exec(url)
  if (!match) return url
  const folder = base.replace(/[%?#]/g, encodeURIComponent)
  return match[1] ? `file:${resolve(folder, match[1])}${match[2]}` : url
}

export function unknownField(file: YamlFile, node: unknown, name: string, known: readonly string[]): Error {
  return file.fault(
    node,
    `there is no field "${name}"`,
    `${suggestion(name, known)} (or a newer rollcall wrote this file)`,
  )
}

function readField(file: YamlFile, node: unknown, name: FieldName, base: string): string | boolean {
  if (FIELDS[name] === 'switch') return switchOf(file, node, name)
  // An empty prefix is the whole store.
  if (name === 'prefix' && file.yaml.isScalar(node) && node.value === '') return ''
  return absolute(name, textOf(file, node, name), base)
}

function switchOf(file: YamlFile, node: unknown, name: string): boolean {
  const value: unknown = file.yaml.isScalar(node) ? node.value : undefined
  if (typeof value === 'boolean') return value
  throw file.fault(node, `${name} must be true or false`)
}

function confirmOf(file: YamlFile, node: unknown): 'name' {
  if (file.yaml.isScalar(node) && node.value === 'name') return 'name'
  throw file.fault(node, 'confirm can only be "name": prompts then ask for the name of the context')
}

function secretInFile(file: YamlFile, node: unknown, name: string): Error {
  const hint = `put it into a file of its own and name that with ${name.toLowerCase() === 'token' ? 'tokenFile' : 'passwordFile'}`
  return file.fault(node, `${name}: secrets are never kept here`, hint)
}
