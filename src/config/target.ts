import type { Driver, Environment, Settings, Target } from '../backends/contract/driver.ts'
import { driverFor, drivers } from '../backends/index.ts'
import { RollcallError } from '../model/errors.ts'
import { type RegistryUrl, parseRegistryUrl, prefixNamed } from '../model/registry-url.ts'
import { didYouMean, suggestion } from '../reports/near-names.ts'
import { LAYOUTS, type LayoutName } from '../model/observed.ts'
import { advice, option, secretPlace } from '../model/wording.ts'

/** Milliseconds. */
const DEFAULTS = { requestTimeout: 5_000, aioTtl: 30_000 } as const

/**
 * Returns the target that a URL, or a bare `host:port` with a well-known port, names. `settings` override the URL;
 * the environment (such as ETCDCTL_ENDPOINTS) completes both.
 *
 * @throws RollcallError `usage` for an invalid URL, one with a password, and settings that the kind of registry does not have.
 */
export function targetFrom(text: string, settings: Partial<Settings> = {}, environment: Environment = {}): Target {
  const { driver, url } = recognize(text)
  checkParameters(driver, url)
  if (url.hosts.length === 0) refusePasswordIn(driver, environment)
  const { prefix, layout } = url.query
  const merged: Settings = {
    ...DEFAULTS,
    ...(prefix === undefined ? {} : { prefix }),
    ...(layout === undefined ? {} : { layout: layoutFrom(layout) }),
    ...given(settings),
  }
  checkSettings(driver, merged)
  return driver.parse(url, withPrefixNamed(merged), environment)
}

/** The target with what files of this machine make of it in what people see of it, so that a plan or a backup is not taken for another's. */
export async function settled(target: Target): Promise<Target> {
  const driver = drivers.find(({ name }) => name === target.driver)
  return (await driver?.settle?.(target)) ?? target
}

/** @throws RollcallError `usage` for an unknown layout. */
export function layoutFrom(word: string): LayoutName | 'auto' {
  const names = ['auto', ...LAYOUTS] as const
  const found = names.find((name) => name === word)
  if (found) return found
  throw new RollcallError('usage', `there is no layout "${word}"`, { hint: suggestion(word, names) })
}

function checkParameters(driver: Driver, url: RegistryUrl): void {
  const known = driver.parameters
  for (const [name, value] of Object.entries(url.query)) {
    if (!known.includes(name)) {
      throw new RollcallError('usage', `${url.scheme}: URLs have no parameter "${name}"`, {
        hint: known.length > 0 ? suggestion(name, known) : 'leave the part from ? on out',
      })
    }
    // An empty prefix is the whole store.
    if (value === '' && name !== 'prefix')
      throw new RollcallError('usage', `the parameter "${name}" of the registry URL is empty`)
  }
}

function withPrefixNamed(settings: Settings): Settings {
  return settings.prefix === undefined ? settings : { ...settings, prefix: prefixNamed(settings.prefix) }
}

/** @throws RollcallError `usage` for what this kind of registry cannot hold. */
export function checkSettings(
  driver: Driver,
  { prefix, layout, namespace, allNamespaces }: Pick<Settings, 'prefix' | 'layout' | 'namespace' | 'allNamespaces'>,
): void {
  if (prefix !== undefined && !driver.parameters.includes('prefix')) throw cannotHold(driver, 'key prefix')
  if (layout !== undefined && layout !== 'auto' && !driver.layouts.includes(layout)) {
    throw cannotHold(
      driver,
      `layout ${layout}`,
      driver.layouts.length > 0 ? suggestion(layout, driver.layouts) : undefined,
    )
  }
  if ((namespace !== undefined || allNamespaces) && !driver.capabilities(layout ?? 'auto').namespaces) {
    const beginning = driver.parameters.includes('prefix') ? `where its keys begin is ${option('prefix')}` : undefined
    throw cannotHold(driver, 'namespaces', allNamespaces ? advice('everything') : beginning)
  }
}

function cannotHold(driver: Driver, what: string, hint?: string): RollcallError {
  return new RollcallError(
    'usage',
    `a registry of kind ${driver.name} has no ${what}`,
    hint === undefined ? {} : { hint },
  )
}

/** Without undefined values, which would hide values of the URL or the environment. */
function given({ tls, ...settings }: Partial<Settings>): Partial<Settings> {
  const paths = kept(tls ?? {})
  return { ...kept(settings), ...(Object.keys(paths).length > 0 ? { tls: paths } : {}) }
}

function kept(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

const BARE = /^((?:\[[0-9a-f:.]+\]|[\w.-]+):\d+)(,\s*(?:\[[0-9a-f:.]+\]|[\w.-]+):\d+)*(?=$|[/?])/i
const LOGIN = /:\/\/[^@]*:[^@]*@|^[^/@]*:[^@]*@/
const wherePasswordsGo = () => `name the user with ${option('user')} and put the password in ${secretPlace('password')}`
const SCHEME = /^([a-z][a-z0-9+.-]*):/i

/**
 * The kind of registry that a URL, or a bare `host:port` with a well-known port, names, and its parts.
 *
 * @throws RollcallError `usage` for an invalid URL, an unknown scheme, and a URL with a password.
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

/** Whether a word is meant as a registry: it has the form of a URL, or of hosts with ports. */
export function namesRegistry(word: string): boolean {
  return word.includes('://') || BARE.test(word) || driverFor(schemeOf(word)) !== undefined
}

/** A variable that stands for the URL's hosts is held to what a URL is. */
function refusePasswordIn(driver: Driver, environment: Environment): void {
  const found = driver.environment.find(({ name, secret }) => !secret && LOGIN.test(environment[name] ?? ''))
  if (!found) return
  throw new RollcallError('usage', `${found.name} carries a password`, { hint: wherePasswordsGo() })
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
    hint: `${wherePasswordsGo()}; an @ in a path is written %40`,
  })
}

function notAUrl(text: string): RollcallError {
  const shown = text.replace(/.*@/s, '…@').replace(/[?#].*/s, '?…')
  const hint = /[/\\.]/.test(text)
    ? `for an embedded registry write file:${shown === text ? text : './registry.db'}`
    : 'write for example etcd://127.0.0.1:2379 or file:./registry.db'
  return new RollcallError('usage', `"${shown}" is not a valid registry URL`, { hint })
}

function unknownScheme(scheme: string): RollcallError {
  const known = drivers.flatMap((driver) => driver.schemes)
  const hint = [didYouMean(scheme, known), `schemes: ${known.join(', ')}`].filter(Boolean).join(' ')
  return new RollcallError('usage', `no kind of registry has the scheme "${scheme}:"`, { hint })
}
