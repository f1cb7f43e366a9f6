import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Environment, Settings, Target, TlsSettings, Driver } from '../contract/backend.ts'
import { hostPort } from '../contract/host-port.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import { POLARIS_RULES } from './rules.ts'
import { getting } from '../contract/sign.ts'

/** Polaris 1.18, over HTTP: its client API, and its console's for what that does not do. */
export const polaris: Driver = {
  name: 'polaris',
  schemes: ['polaris', 'polariss'],
  port: 8090,
  environment: [{ name: 'POLARIS_TOKEN', meaning: 'the token of a user', secret: true, login: true }],
  sign: { title: 'Polaris', ask: getting('/'), shows: /\r\n\r\n(?:[0-9a-f]+\r\n)?Polaris Server/ },
  parameters: ['namespace', 'layout'],
  layouts: ['kratos', 'kratos-scheme'],
  rules: POLARIS_RULES,

  capabilities: () => CAPABILITIES,

  parse: completeTarget,

  async open(target, options) {
    const { openPolaris } = await import('./backend.ts')
    return openPolaris(target, options)
  },
}

/** The same in every layout: they only say how a service is named and how its endpoints belong together. */
export const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: false,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: true,
  namespaces: true,
}

const PORT = 8090
const NAMESPACE = 'default'

/** The Polaris servers that a URL names, completed by POLARIS_TOKEN; `settings` win. */
export function completeTarget(url: RegistryUrl, settings: Settings, environment: Environment): Target {
  refuseWhatItHasNot(url, settings)
  const secure = url.scheme === 'polariss'
  const endpoints = url.hosts.map(withPort)
  const tls = tlsOf(settings, secure)
  const namespace = settings.namespace ?? url.query['namespace'] ?? NAMESPACE
  const where = settings.allNamespaces ? '' : `?namespace=${namespace}`
  return {
    ...settings,
    ...loginOf(url, settings, environment),
    ...(tls ? { tls } : {}),
    namespace,
    driver: 'polaris',
    display: `${url.scheme}://${endpoints.join(',')}${where}`,
    url,
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

function refuseWhatItHasNot({ scheme, path, hosts }: RegistryUrl, { prefix }: Settings): void {
  const hint = `write for example ${scheme}://127.0.0.1:${PORT}?namespace=${NAMESPACE}`
  if (hosts.length === 0) throw new RollcallError('usage', `${scheme}: names no server`, { hint })
  if (path.replace(/^\/$/, '') !== '')
    throw new RollcallError('usage', `${scheme}: URLs have no path, and "${path}" was given`, { hint })
  if (prefix !== undefined)
    throw new RollcallError('usage', 'a registry of kind polaris has no key prefix', {
      hint: 'its services lie in namespaces: name one with -n',
    })
}

function withPort(host: string): string {
  return hostPort(host, PORT, 'polaris')
}

/** A token needs no login. A name with a password is exchanged for that user's token when the registry is opened. */
function loginOf(
  url: RegistryUrl,
  settings: Settings,
  environment: Environment,
): Pick<Settings, 'user' | 'password' | 'token'> {
  const user = settings.user ?? url.user
  if (user !== undefined && settings.token === undefined) {
    if (settings.password !== undefined) return { user, password: settings.password }
    throw new RollcallError('usage', `the user "${user}" of Polaris needs a password`, {
      hint: 'put it in ROLLCALL_PASSWORD or a --password-file, or the token in POLARIS_TOKEN',
    })
  }
  const token = settings.token ?? (environment['POLARIS_TOKEN'] || undefined)
  return token === undefined ? {} : { token }
}

function tlsOf({ tls }: Settings, secure: boolean): TlsSettings | undefined {
  if (secure) return tls ?? {}
  const { cacert, cert, key } = tls ?? {}
  if (cacert === undefined && cert === undefined && key === undefined) return undefined
  throw new RollcallError('usage', 'certificates are given, but polaris:// is spoken to without TLS', {
    hint: 'write polariss:// instead of polaris://',
  })
}
