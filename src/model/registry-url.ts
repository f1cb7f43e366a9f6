import { RollcallError } from './errors.ts'
import { option, secretPlace } from './wording.ts'

/** A registry's URL in parts. Unlike a web URL it may name several hosts. */
export interface RegistryUrl {
  readonly scheme: string
  /** As written: `a:2379`, `[::1]:2379`, `host` or nothing. */
  readonly hosts: readonly string[]
  readonly user?: string
  /** With its leading slash, decoded; empty where there is none. For `file:` the file's path. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

/**
 * The prefix that a text names: one slash at its end is how others write it, and dropped. `/p//` names the prefix that ends in
 * one; a lone slash is the root, and an empty text the whole store.
 */
export function prefixNamed(text: string): string {
  return /[^/]\/+$/.test(text) ? text.slice(0, -1) : text
}

const SHAPE = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?$/i

/** @throws RollcallError `usage` for an invalid URL, and for one with a password in it */
export function parseRegistryUrl(text: string): RegistryUrl {
  const match = SHAPE.exec(text)
  if (!match) throw notAUrl(text)
  const [, scheme = '', authority = '', rawPath = '', rawQuery = ''] = match
  const at = authority.lastIndexOf('@')
  const login = at < 0 ? undefined : authority.slice(0, at)
  if (login?.includes(':')) throw passwordInUrl(scheme, authority.slice(at + 1))
  const hosts = authority
    .slice(at + 1)
    .split(',')
    .flatMap((host) => host.trim() || [])
  const query = Object.fromEntries(new URLSearchParams(rawQuery))
  const path = decode(rawPath, text)
  return { scheme: scheme.toLowerCase(), hosts, path, query, ...(login ? { user: decode(login, text) } : {}) }
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw notAUrl(text)
  }
}

function notAUrl(text: string): RollcallError {
  return new RollcallError('usage', `"${withoutSecrets(text)}" is not a valid registry URL`, {
    hint: 'write for example etcd://127.0.0.1:2379 or file:./registry.db',
  })
}

function passwordInUrl(scheme: string, rest: string): RollcallError {
  return new RollcallError('usage', `the URL ${scheme}://…@${rest} carries a password`, {
    hint: `name the user with ${option('user')} and put the password in ${secretPlace('password')}`,
  })
}

/** Without the parts in which someone may have put a password. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/.*@/s, '//…@').replace(/[?#].*/s, '?…')
}
