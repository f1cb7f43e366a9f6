import type { Target } from '../backends/contract/driver.ts'
import type { Protection } from '../reports/protection.ts'

/** The global flags that choose a registry and how to connect to it, as typed; undefined when not given. */
export interface GlobalFlags {
  readonly registry?: string
  readonly context?: string
  readonly kratosConfig?: string
  readonly prefix?: string
  readonly layout?: string
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly user?: string
  readonly passwordFile?: string
  readonly tokenFile?: string
  readonly cacert?: string
  readonly cert?: string
  readonly key?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly tlsServerName?: string
  readonly requestTimeout?: string
  readonly aioTtl?: string
}

/** One value in force, and where it came from: `--registry`, `ROLLCALL_PREFIX`, `context prod`, `rollcall.yaml`, `default`. */
export interface Origin {
  readonly name: string
  /** Redacted where it is a secret. */
  readonly value: string
  readonly from: string
}

/** The result of resolving the configuration. */
export interface Resolved extends Protection {
  readonly target: Target
  /** The name of the context in force, if one is. */
  readonly context?: string
  /** Writes are refused (status 6). */
  readonly readOnly: boolean
  /** `name`: prompts want the context's name typed. */
  readonly confirm?: 'name'
  readonly origins: readonly Origin[]
}

/** The fields that flags, variables, contexts and project files have in common, under the same name. */
export type FieldName = Exclude<keyof GlobalFlags, 'registry' | 'context' | 'kratosConfig'>
type FieldKind = 'text' | 'switch' | 'duration' | 'path'

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
