import type { Driver, Environment, Settings, Target } from '../backends/contract/backend.ts'
import { RollcallError } from '../model/errors.ts'
import { LAYOUTS, type LayoutName } from '../model/observed.ts'
import { type RegistryUrl, prefixNamed } from '../model/registry-url.ts'
import { recognize, refusePasswordIn } from './recognize.ts'
import { suggestion } from './suggestion.ts'

/** Milliseconds. */
const DEFAULTS = { requestTimeout: 5_000, aioTtl: 30_000 } as const

/**
 * The registry that a URL, or a bare `host:port` with a well-known port, names. `settings` win over the URL;
 * the environment (ETCDCTL_ENDPOINTS and its like) completes both.
 *
 * @throws RollcallError `usage` for what is no URL, carries a password, or says what that registry does not know.
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

/** @throws RollcallError `usage` for a word that is no layout. */
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
    const beginning = driver.parameters.includes('prefix') ? 'where its keys begin is --prefix' : undefined
    throw cannotHold(
      driver,
      'namespaces',
      allNamespaces ? 'rollcall ls --all lists every instance of every service' : beginning,
    )
  }
}

function cannotHold(driver: Driver, what: string, hint?: string): RollcallError {
  return new RollcallError(
    'usage',
    `a registry of kind ${driver.name} has no ${what}`,
    hint === undefined ? {} : { hint },
  )
}

/** Without what is undefined, so that it hides nothing that a URL or the environment says. */
function given({ tls, ...settings }: Partial<Settings>): Partial<Settings> {
  const paths = kept(tls ?? {})
  return { ...kept(settings), ...(Object.keys(paths).length > 0 ? { tls: paths } : {}) }
}

function kept(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
