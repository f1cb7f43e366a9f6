import type { Store } from '../kv/store.ts'
import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import { option, secretPlace } from '../../model/wording.ts'
import type { Environment, Settings, Target } from '../contract/driver.ts'
import { hostPort } from '../contract/host-port.ts'
import { pathOf } from './paths.ts'

export const PORT = 2181

const SECURE = 'zookeepers'
const WAYS = new Set(['digest', 'sasl'])

/** The target of a URL. Its path is the chroot below which all keys lie, as in ZooKeeper's own clients. Throws `usage`. */
export function completeTarget(url: RegistryUrl, settings: Settings, _: Environment): Target {
  const secure = url.scheme === SECURE
  checkTls(settings, secure)
  checkWay(url)
  const chroot = chrootOf(url)
  const endpoints = hostsIn(url).map(withPort)
  return {
    ...settings,
    ...loginOf(url, settings),
    driver: 'zookeeper',
    display: `${secure ? SECURE : 'zookeeper'}://${endpoints.join(',')}${chroot}`,
    url,
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

/** The chroot in a URL, without a slash at its end; empty for none. Throws `usage` for an invalid path. */
export function chrootOf({ path }: RegistryUrl): string {
  const chroot = path.replace(/\/+$/, '')
  if (chroot === '' || pathOf(Buffer.from(chroot)) !== undefined) return chroot
  throw new RollcallError('usage', `"${path}" is not a valid path of a node`, {
    hint: `write for example zookeeper://127.0.0.1:${PORT}/chroot`,
  })
}

export function loginBySasl({ query }: RegistryUrl): boolean {
  return query['auth'] === 'sasl'
}

function hostsIn({ scheme, hosts, path }: RegistryUrl): readonly string[] {
  if (hosts.length > 0) return hosts
  throw new RollcallError('usage', `${scheme}:${path} names no host`, {
    hint: `write for example ${scheme}://127.0.0.1:${PORT}`,
  })
}

function withPort(host: string): string {
  return hostPort(host, PORT, 'zookeeper')
}

function loginOf(url: RegistryUrl, { user = url.user, password }: Settings): Pick<Settings, 'user' | 'password'> {
  if (user === undefined && !loginBySasl(url)) return {}
  if (user !== undefined && password !== undefined) return { user, password }
  const what = user === undefined ? 'auth=sasl needs a user' : `the user "${user}" of ZooKeeper needs a password`
  throw new RollcallError('usage', what, {
    hint: `name the user with ${option('user')}, and put the password in ${secretPlace('password')}`,
  })
}

function checkTls({ tls }: Settings, secure: boolean): void {
  if (secure || (tls?.cacert === undefined && tls?.cert === undefined && tls?.key === undefined)) return
  throw new RollcallError('usage', 'certificates are given, but zookeeper:// does not use TLS', {
    hint: 'write zookeepers:// instead of zookeeper://',
  })
}

function checkWay({ query }: RegistryUrl): void {
  const way = query['auth']
  if (way === undefined || WAYS.has(way)) return
  throw new RollcallError('usage', `auth=${way} is not a way to log in to ZooKeeper`, {
    hint: 'write auth=digest (the default) or auth=sasl',
  })
}

/** The properties of ZooKeeper as a store, for code that needs them before the store is loaded. */
export const TRAITS = { history: false, unordered: true, sessions: true } as const satisfies Partial<Store>
