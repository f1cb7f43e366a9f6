import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Environment, Settings, Target, TlsSettings } from '../contract/backend.ts'
import { hostPort } from '../contract/host-port.ts'

const PORT = 8848

/** Where in Nacos this target works, beside what every Target says. */
export interface Scoped {
  readonly contextPath: string
  readonly namespace: string
  /** Of names that do not say theirs. */
  readonly group: string
  /** Register writes into it; reads keep to it only where it was named. */
  readonly cluster: string
  readonly readsAllClusters: boolean
  readonly kind: string | undefined
}

/** The Nacos nodes that a URL names, completed by Nacos' own variables; `settings` win. */
export function completeTarget(url: RegistryUrl, settings: Settings, environment: Environment): Target {
  if (settings.prefix !== undefined)
    throw new RollcallError('usage', 'a registry of kind nacos has no key prefix', {
      hint: 'groups are named by ?group=',
    })
  const secure = url.scheme === 'nacoss'
  const endpoints = endpointsOf(url, environment)
  const tls = tlsOf(settings, secure)
  const namespace = settings.namespace ?? url.query['namespace'] ?? (environment['NACOS_NAMESPACE'] || undefined)
  return {
    ...settings,
    ...loginOf(url, settings, environment),
    ...(namespace === undefined ? {} : { namespace }),
    ...(tls ? { tls } : {}),
    driver: 'nacos',
    display: displayOf(url, endpoints, namespace),
    url,
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

/** What URL and settings say of the place in Nacos, with Nacos' own defaults. */
export function scopedOf({ url, namespace }: Pick<Target, 'url' | 'namespace'>): Scoped {
  const { group, cluster, kind } = url.query
  return {
    contextPath: contextPathIn(url),
    namespace: namespace ?? 'public',
    group: group ?? 'DEFAULT_GROUP',
    cluster: cluster ?? 'DEFAULT',
    readsAllClusters: cluster === undefined,
    kind,
  }
}

function contextPathIn({ path }: RegistryUrl): string {
  return path === '' ? '/nacos' : path.replace(/\/+$/, '')
}

function displayOf(url: RegistryUrl, endpoints: readonly string[], namespace: string | undefined): string {
  const words = Object.entries({ ...url.query, ...(namespace === undefined ? {} : { namespace }) })
  const query = words.map(([name, value]) => `${name}=${value}`).join('&')
  return `${url.scheme}://${endpoints.join(',')}${contextPathIn(url)}${query === '' ? '' : `?${query}`}`
}

function endpointsOf({ hosts, scheme, path }: RegistryUrl, environment: Environment): string[] {
  if (hosts.length > 0) return hosts.map((host) => withPort(host))
  if (path !== '' && !path.startsWith('/'))
    throw new RollcallError('usage', `${scheme}:${path} names no host`, { hint: `write ${scheme}://${path}` })
  const named = (environment['NACOS_HOST'] ?? '').split(',').flatMap((word) => word.trim() || [])
  if (named.length > 0) return named.map((host) => withPort(host, environment['NACOS_PORT']?.trim()))
  throw new RollcallError('usage', `${scheme}: names no host, and NACOS_HOST is not set`, {
    hint: `write for example ${scheme}://127.0.0.1:${PORT}/nacos`,
  })
}

function withPort(host: string, usual = ''): string {
  return hostPort(host, usual || PORT, 'nacos')
}

function loginOf(url: RegistryUrl, settings: Settings, environment: Environment): Pick<Settings, 'user' | 'password'> {
  if (settings.token !== undefined) return {}
  const user = settings.user ?? url.user ?? (environment['NACOS_USERNAME'] || undefined)
  if (user === undefined) return {}
  const password = settings.password ?? environment['NACOS_PASSWORD']
  if (password !== undefined) return { user, password }
  throw new RollcallError('usage', `the user "${user}" of Nacos needs a password`, {
    hint: 'put it in ROLLCALL_PASSWORD, NACOS_PASSWORD or a --password-file',
  })
}

function tlsOf({ tls }: Settings, secure: boolean): TlsSettings | undefined {
  if (secure) return tls ?? {}
  const { cacert, cert, key } = tls ?? {}
  if (cacert === undefined && cert === undefined && key === undefined) return undefined
  throw new RollcallError('usage', 'certificates are given, but nacos:// is spoken to without TLS', {
    hint: 'write nacoss:// instead of nacos://',
  })
}
