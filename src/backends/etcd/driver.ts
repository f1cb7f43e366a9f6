import { RollcallError } from '../../model/errors.ts'
import { type RegistryUrl, prefixNamed } from '../../model/registry-url.ts'
import { advice, option, secretPlace } from '../../model/wording.ts'
import type { Environment, Settings, Target, TlsSettings, Driver } from '../contract/driver.ts'
import { hostPort } from '../contract/host-port.ts'
import { layoutsIn } from '../../layouts/index.ts'
import { kvCapabilities } from '../kv/capabilities.ts'
import { getting } from '../contract/sign.ts'

const PORT = 2379
const LOOKED_UP = 'etcd+srv'

/** etcd 3.4 and newer, over gRPC. */
export const etcd: Driver = {
  name: 'etcd',
  schemes: ['etcd', 'etcds', LOOKED_UP],
  port: PORT,
  environment: [
    { name: 'ETCDCTL_ENDPOINTS', meaning: 'the endpoints of a bare "etcd:"' },
    { name: 'ETCDCTL_USER', meaning: 'the user, or user:password', secret: true, login: true },
    { name: 'ETCDCTL_PASSWORD', meaning: 'the password', secret: true, login: true },
    { name: 'ETCDCTL_CACERT', meaning: 'a PEM file with the authorities that servers are checked against' },
    { name: 'ETCDCTL_CERT', meaning: 'a PEM file with the client certificate', login: true },
    { name: 'ETCDCTL_KEY', meaning: 'a PEM file with its key', login: true },
  ],
  sign: { title: 'etcd', ask: getting('/version'), shows: /"etcdserver"/ },
  parameters: ['prefix', 'layout'],
  layouts: layoutsIn('flat'),

  capabilities: (layout) => kvCapabilities(layout, { history: true }),

  parse: completeTarget,

  async open(target, options) {
    const [{ openEtcdStore }, { KvBackend }] = await Promise.all([import('./store.ts'), import('../kv/adapter.ts')])
    return new KvBackend(await openEtcdStore(target, options), target, options)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}

/** Endpoints, and whether they use TLS. */
interface Place {
  readonly endpoints: readonly string[]
  readonly secure: boolean
}

/**
 * The target of a URL, completed by the variables of etcdctl; `settings` take precedence. For etcd+srv the endpoint is
 * the domain. Throws `usage`.
 */
export function completeTarget(url: RegistryUrl, settings: Settings, environment: Environment): Target {
  const { endpoints, secure } = placeOf(url, environment)
  const prefix = settings.prefix ?? prefixIn(url)
  const tls = tlsOf(settings, environment, url, secure)
  return {
    ...settings,
    ...loginOf(url, settings, environment),
    ...(prefix === undefined ? {} : { prefix }),
    ...(tls ? { tls } : {}),
    driver: 'etcd',
    display: `${secure && url.scheme === 'etcd' ? 'etcds' : url.scheme}://${endpoints.join(',')}`,
    url,
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

function placeOf(url: RegistryUrl, environment: Environment): Place {
  if (url.scheme === LOOKED_UP) return { endpoints: [domainIn(url)], secure: false }
  const secure = url.scheme === 'etcds'
  if (url.hosts.length > 0) return { endpoints: url.hosts.map(withPort), secure }
  if (url.path !== '' && !url.path.startsWith('/'))
    throw new RollcallError('usage', `${url.scheme}:${url.path} names no host`, {
      hint: `write ${url.scheme}://${url.path}`,
    })
  return placeInEnvironment(url, environment)
}

function placeInEnvironment({ scheme }: RegistryUrl, environment: Environment): Place {
  const named = (environment['ETCDCTL_ENDPOINTS'] ?? '').split(',').flatMap((word) => word.trim() || [])
  if (named.length === 0)
    throw new RollcallError('usage', `${scheme}: names no endpoint, and ETCDCTL_ENDPOINTS is not set`, {
      hint: `write for example ${scheme}://127.0.0.1:${PORT}`,
    })
  const secure = new Set(
    named.map((word) => (scheme === 'etcds' && !word.includes('://')) || word.startsWith('https://')),
  )
  if (secure.size > 1 || (scheme === 'etcds' && secure.has(false)))
    throw new RollcallError('usage', 'ETCDCTL_ENDPOINTS mixes endpoints with and without TLS', {
      hint: 'begin all of them with https://, or none',
    })
  return {
    endpoints: named.map((word) => withPort(word.replace(/^https?:\/\//, '').replace(/\/+$/, ''))),
    secure: secure.has(true),
  }
}

function domainIn({ hosts }: RegistryUrl): string {
  const [domain = '', ...more] = hosts
  if (domain && more.length === 0 && !domain.includes(':')) return domain
  throw new RollcallError('usage', `${LOOKED_UP}: needs one domain whose SRV records name hosts and ports`, {
    hint: `write for example ${LOOKED_UP}://example.org`,
  })
}

function withPort(host: string): string {
  return hostPort(host, PORT, 'etcd')
}

function prefixIn({ path }: RegistryUrl): string | undefined {
  return path === '' || path === '/' ? undefined : prefixNamed(path)
}

function loginOf(url: RegistryUrl, settings: Settings, environment: Environment): Pick<Settings, 'user' | 'password'> {
  const [, envUser, envPassword] = /^([^:]*)(?::(.*))?$/s.exec(environment['ETCDCTL_USER'] ?? '') ?? []
  const named = settings.user ?? url.user
  if (named !== undefined && settings.token !== undefined)
    throw new RollcallError('usage', `etcd: both a token and the user "${named}" are given`, {
      hint: `leave one of them out: ${advice('anyToken')}, or ${option('user')}`,
    })
  const user = named ?? (settings.token === undefined ? envUser || undefined : undefined)
  if (user === undefined) return {}
  const password = settings.password ?? environment['ETCDCTL_PASSWORD'] ?? (user === envUser ? envPassword : undefined)
  if (password === undefined)
    throw new RollcallError('usage', `the user "${user}" of etcd needs a password`, {
      hint: `put it in ${secretPlace('password', 'ETCDCTL_PASSWORD')}`,
    })
  return { user, password }
}

function tlsOf(
  settings: Settings,
  environment: Environment,
  url: RegistryUrl,
  secure: boolean,
): TlsSettings | undefined {
  const { cacert, cert, key } = settings.tls ?? {}
  if (!secure && url.scheme !== LOOKED_UP) {
    if (cacert === undefined && cert === undefined && key === undefined) return undefined
    throw new RollcallError('usage', 'certificates are given, but etcd:// does not use TLS', {
      hint: 'write etcds:// instead of etcd://',
    })
  }
  return { ...tlsIn(environment), ...settings.tls }
}

function tlsIn(environment: Environment): TlsSettings {
  const { ETCDCTL_CACERT: cacert, ETCDCTL_CERT: cert, ETCDCTL_KEY: key } = environment
  return { ...(cacert ? { cacert } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}
