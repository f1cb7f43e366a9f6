import type { Driver, Environment } from '../backends/contract/backend.ts'
import { driverFor, drivers } from '../backends/index.ts'
import { RollcallError } from '../model/errors.ts'
import { type RegistryUrl, parseRegistryUrl } from '../model/registry-url.ts'
import { didYouMean } from '../reports/near-names.ts'

const BARE = /^((?:\[[0-9a-f:.]+\]|[\w.-]+):\d+)(,\s*(?:\[[0-9a-f:.]+\]|[\w.-]+):\d+)*(?=$|[/?])/i
const LOGIN = /:\/\/[^@]*:[^@]*@|^[^/@]*:[^@]*@/
const WHERE_PASSWORDS_GO = 'name the user with --user and put the password in ROLLCALL_PASSWORD or a --password-file'
const SCHEME = /^([a-z][a-z0-9+.-]*):/i

/**
 * The kind of registry that a URL, or a bare `host:port` with a well-known port, names, and its parts.
 *
 * @throws RollcallError `usage` for what is no URL, has an unknown scheme, or carries a password.
 */
export function recognize(written: string): { driver: Driver; url: RegistryUrl } {
  const text = written.trim()
  refusePassword(text)
  const bare = BARE.exec(text) && !isServerless(text)
  const full = bare ? `${wellKnown(text).schemes[0]}://${text}` : text
  if (!SCHEME.test(full)) throw notAUrl(text)
  const url = parseRegistryUrl(full)
  const driver = driverFor(url.scheme)
  if (!driver) throw unknownScheme(url.scheme)
  return { driver, url }
}

/** A variable that stands for the URL's hosts is held to what a URL is. */
export function refusePasswordIn(driver: Driver, environment: Environment): void {
  const found = driver.environment.find(({ name, secret }) => !secret && LOGIN.test(environment[name] ?? ''))
  if (!found) return
  throw new RollcallError('usage', `${found.name} carries a password`, { hint: WHERE_PASSWORDS_GO })
}

/** `file:1` is a file; `etcd:2379` is a host called etcd, as Compose files have it. */
function isServerless(text: string): boolean {
  const driver = driverFor(schemeOf(text))
  return driver !== undefined && driver.port === undefined
}

function schemeOf(text: string): string {
  return (SCHEME.exec(text)?.[1] ?? '').toLowerCase()
}

function wellKnown(text: string): Driver {
  const [hosts = ''] = BARE.exec(text) ?? []
  const kinds = new Set(hosts.split(',').map((host) => driverFor(Number(host.slice(host.lastIndexOf(':') + 1)))))
  const [driver] = kinds
  if (driver && kinds.size === 1) return driver
  const known = drivers.flatMap(({ port, name }) => (port === undefined ? [] : [`${port} (${name})`]))
  throw new RollcallError('usage', `"${hosts}" does not say which kind of registry it is`, {
    hint: `write for example etcd://${hosts}; without a scheme the port must be ${known.join(' or ')}`,
  })
}

/** Also finds passwords with characters that end a URL's authority, before any message could repeat them. */
function refusePassword(text: string): void {
  const scheme = schemeOf(text)
  const web = text.slice(scheme.length).startsWith('://')
  if (!web && driverFor(scheme)) return
  const rest = web ? text.slice(scheme.length + 3) : text.replace(/^\/\//, '')
  if (!/^[^@]*:[^@]*@/.test(rest)) return
  throw new RollcallError('usage', `the registry URL ${web ? `${scheme}://… ` : ''}carries a password`, {
    hint: `${WHERE_PASSWORDS_GO}; an @ in a path is written %40`,
  })
}

function notAUrl(text: string): RollcallError {
  const shown = text.replace(/.*@/s, '…@').replace(/[?#].*/s, '?…')
  const hint = /[/\\.]/.test(text)
    ? `for an embedded registry write file:${shown === text ? text : './registry.db'}`
    : 'write for example etcd://127.0.0.1:2379 or file:./registry.db'
  return new RollcallError('usage', `"${shown}" is no registry URL`, { hint })
}

function unknownScheme(scheme: string): RollcallError {
  const known = drivers.flatMap((driver) => driver.schemes)
  const hint = [didYouMean(scheme, known), `schemes: ${known.join(', ')}`].filter(Boolean).join(' ')
  return new RollcallError('usage', `no kind of registry has the scheme "${scheme}:"`, { hint })
}
