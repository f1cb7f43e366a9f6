import type { Driver, Environment, Target } from '../backends/contract/driver.ts'
import { RollcallError } from '../model/errors.ts'
import { FIELD_NAMES, type FieldName } from './settings.ts'
import type { Layer, SecretName } from './layers.ts'
import type { Merged } from './merge.ts'
import type { NamedRegistry, Suspect } from './named-registry.ts'
import { recognize } from './target.ts'
import { TRUST_VARIABLE } from './trust.ts'

/** Fields with credentials of the user. */
const LOGIN: readonly FieldName[] = ['user', 'passwordFile', 'tokenFile', 'cert', 'key']
const SECRETS: readonly SecretName[] = ['password', 'token']
/** The file's own fields that would be sent to a registry, or that would let another server stand in for it. */
const OWN: ReadonlySet<FieldName> = new Set([...LOGIN, 'insecureSkipTlsVerify'])
/** Fields with which a file decides which server is accepted as the host that the environment names. */
const IDENTITY: readonly FieldName[] = ['cacert', 'tlsServerName']
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i

/** What it takes to see which credentials of the user a registry would receive. */
interface Disclosure {
  readonly named: NamedRegistry
  /** The flags and the variables. */
  readonly layers: readonly Layer[]
  readonly merged: Merged
  readonly env: Environment
  /** The target that these fields come to, without a password or token, in an environment. */
  readonly parse: (merged: Merged, env: Environment) => Target
}

/**
 * Refuses to send credentials to a registry that only an untrusted project file names. No file with a secret is read for that.
 *
 * @throws RollcallError `untrusted` naming everything that is held back, and how the user can allow it.
 */
export function holdBack(suspect: Suspect, disclosure: Disclosure): void {
  const { named, layers } = disclosure
  const { driver, url } = recognize(named.registry)
  const own = FIELD_NAMES.filter(
    (name) => OWN.has(name) && named.fields[name] !== undefined && named.fields[name] !== false,
  )
  if (url.user !== undefined && driver.ownLogin === undefined && !own.includes('user')) own.unshift('user')
  const held = own.map((name) => `${name} of ${named.from}`)
  if (driver.ownLogin !== undefined) held.push(driver.ownLogin)
  else if (!isTheUsers(driver, disclosure)) held.push(...said(driver, layers), ...completed(driver, disclosure))
  if (held.length > 0) throw untrusted(suspect, named, held)
}

/** Whether the user's own environment names the host, and neither plain text nor the file lets another server stand in for it. */
function isTheUsers(driver: Driver, { named, merged, env, parse }: Disclosure): boolean {
  if (recognize(named.registry).url.hosts.length > 0 || IDENTITY.some((name) => named.fields[name] !== undefined)) {
    return false
  }
  const { endpoints, secure } = parse(anonymous(merged), without(loginsOf(driver, env), env))
  return endpoints.length > 0 && (secure || endpoints.every((endpoint) => LOOPBACK.test(endpoint)))
}

/** Credentials from flags and variables. The embedded registry has no server, so nothing is sent there. */
function said({ port }: Driver, layers: readonly Layer[]): string[] {
  if (port === undefined) return []
  const found = layers.flatMap((layer) => [
    ...LOGIN.map((name) => layer.get(name)),
    ...SECRETS.map((name) => layer.secret(name)),
  ])
  return found.flatMap((each) => (each ? [each.from] : []))
}

/** The registry's own variables that change which credentials the target holds. */
function completed(driver: Driver, { merged, env, parse }: Disclosure): string[] {
  const set = loginsOf(driver, env)
  const nobody = anonymous(merged)
  const whole = loginIn(() => parse(nobody, env))
  const decisive = set.filter((name) => loginIn(() => parse(nobody, without([name], env))) !== whole)
  if (decisive.length > 0) return decisive
  return loginIn(() => parse(nobody, without(set, env))) === whole ? [] : set
}

function loginsOf({ environment }: Driver, env: Environment): string[] {
  return environment.flatMap(({ name, login }) => (login && env[name] ? [name] : []))
}

function without(names: readonly string[], env: Environment): Environment {
  return { ...env, ...Object.fromEntries(names.map((name) => [name, undefined])) }
}

function anonymous(merged: Merged): Merged {
  return new Map([...merged].filter(([name]) => !OWN.has(name)))
}

/** The credentials of a target as one text; the error's message when there is no target. */
function loginIn(parse: () => Target): string {
  try {
    const { user, password, token, tokenFile, tls } = parse()
    return JSON.stringify([user, password, token, tokenFile, tls?.cert, tls?.key])
  } catch (error) {
    if (error instanceof RollcallError) return error.message
    throw error
  }
}

function untrusted(
  { path, trust }: Suspect,
  { registry, from }: NamedRegistry,
  held: readonly string[],
): RollcallError {
  const why = trust === 'changed' ? 'has changed since it was trusted' : 'is not trusted'
  return new RollcallError(
    'untrusted',
    `${from} names ${registry.replace(/[?#].*/s, '')} and ${why}; held back from that registry: ${[...new Set(held)].join(', ')}`,
    {
      hint: `read ${path}, then allow it with rollcall trust, or in CI with ${TRUST_VARIABLE}=${path}; or name the registry yourself, with --registry or -c`,
    },
  )
}
