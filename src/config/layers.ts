import { resolve } from 'node:path'
import type { Environment } from '../backends/contract/driver.ts'
import { RollcallError } from '../model/errors.ts'
import { FIELDS, type FieldName, flagOf, variableOf, type GlobalFlags } from './settings.ts'

/** A value as it was written, and where: `--prefix`, `ROLLCALL_PREFIX`, `context prod`. Paths are absolute already. */
export interface LayerValue {
  readonly value: string | boolean
  readonly from: string
}

/** A source of values for the fields. The first layer with a value decides. */
export interface Layer {
  get(name: FieldName): LayerValue | undefined
  /** The password or token itself. */
  secret(name: SecretName): LayerValue | undefined
}

export type SecretName = 'password' | 'token'
export type SecretValues = { readonly [Name in SecretName]?: string }

/** The fields of a context, a project file or Kratos' block. Paths are absolute. */
export type Fields = { readonly [Name in FieldName]?: string | boolean }

export function flagLayer(flags: GlobalFlags, cwd: string): Layer {
  return {
    get(name) {
      const value = flags[name]
      if (value === undefined || value === false) return undefined
      const from = flagOf(name)
      // An empty prefix is the whole store.
      return { value: name === 'prefix' ? value : absolute(name, notEmpty(value, from), cwd), from }
    },
    secret: () => undefined,
  }
}

/** Reads a variable only when it is asked for: one that a flag overrides may hold anything. */
export function variableLayer(env: Environment, cwd: string): Layer {
  return {
    get(name) {
      const from = variableOf(name)
      const text = env[from]
      if (text === undefined) return undefined
      const value = notEmpty(text, from)
      return { value: FIELDS[name] === 'switch' ? switchFrom(value, from) : absolute(name, value, cwd), from }
    },
    secret(name) {
      const from = variableOf(name)
      const text = env[from]
      return text === undefined ? undefined : { value: notEmpty(text, from), from }
    },
  }
}

/** `secrets` are values as they are, not files. */
export function fieldLayer(fields: Fields, from: string, secrets: SecretValues = {}): Layer {
  const found = (value: string | boolean | undefined) => (value === undefined ? undefined : { value, from })
  return { get: (name) => found(fields[name]), secret: (name) => found(secrets[name]) }
}

export function firstOf(layers: readonly Layer[], name: FieldName): LayerValue | undefined {
  for (const layer of layers) {
    const found = layer.get(name)
    if (found) return found
  }
  return undefined
}

/** An empty value is a variable that was not set, more often than not: never a reason to look elsewhere. */
export function notEmpty<Value extends string | boolean>(value: Value, from: string): Value {
  if (value !== '') return value
  throw new RollcallError('config', `${from} is empty`, { hint: `give ${from} a value, or leave it out` })
}

/** `-` is standard input, whatever folder one is in. */
export function absolute<Value extends string | boolean>(name: FieldName, value: Value, base: string): Value | string {
  return FIELDS[name] === 'path' && typeof value === 'string' && value !== '-' ? resolve(base, value) : value
}

/** @throws RollcallError `usage` for a word that is neither. */
export function switchFrom(word: string, from: string): boolean {
  if (['1', 'true', 'yes', 'on'].includes(word.toLowerCase())) return true
  if (['0', 'false', 'no', 'off'].includes(word.toLowerCase())) return false
  throw new RollcallError('usage', `${from} is neither true nor false`, { hint: `set ${from}=true, or leave it out` })
}
