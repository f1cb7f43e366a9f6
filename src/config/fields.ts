import type { GlobalFlags } from './settings.ts'

/** What flags, variables, contexts and project files say alike; a file has no other words for them. */
export type FieldName = Exclude<keyof GlobalFlags, 'registry' | 'context' | 'kratosConfig'>
export type FieldKind = 'text' | 'switch' | 'duration' | 'path'

export const FIELDS = {
  prefix: 'text',
  layout: 'text',
  namespace: 'text',
  allNamespaces: 'switch',
  user: 'text',
  passwordFile: 'path',
  tokenFile: 'path',
  cacert: 'path',
  cert: 'path',
  key: 'path',
  insecureSkipTlsVerify: 'switch',
  tlsServerName: 'text',
  requestTimeout: 'duration',
  aioTtl: 'duration',
} as const satisfies Record<FieldName, FieldKind>

export const FIELD_NAMES: readonly FieldName[] = Object.keys(FIELDS).filter(isFieldName)

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name)
}

/** `request-timeout` of `requestTimeout`: how `rollcall config` calls it. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `--request-timeout` */
export function flagOf(name: keyof GlobalFlags): string {
  return `--${kebab(name)}`
}

/** `ROLLCALL_REQUEST_TIMEOUT` */
export function variableOf(name: keyof GlobalFlags | 'password' | 'token'): string {
  return `ROLLCALL_${kebab(name).replaceAll('-', '_').toUpperCase()}`
}
