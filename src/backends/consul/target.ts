import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Environment, Settings, Target, TlsSettings } from '../contract/backend.ts'
import { hostPort } from '../contract/host-port.ts'

const PORT = 8500

interface Place {
  readonly endpoints: readonly string[]
  readonly secure: boolean
}

/** The Consul agents that a URL names, completed by Consul's own variables; `settings` win. */
export function completeTarget(url: RegistryUrl, settings: Settings, environment: Environment): Target {
  refuseWhatItHasNot(url, settings)
  const { endpoints, secure } = placeOf(url, environment)
  const tls = tlsOf(settings, environment, secure)
  const namespace = settings.namespace ?? url.query['ns'] ?? (environment['CONSUL_NAMESPACE'] || undefined)
  return {
    ...settings,
    ...tokenOf(settings, environment),
    ...(namespace === undefined ? {} : { namespace }),
    ...(tls ? { tls } : {}),
    driver: 'consul',
    display: displayOf(url, endpoints, secure),
    url: withPartition(url, environment),
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

/** The data centres of the URL: none is the agent's own, `*` all that it knows. */
export function datacentersIn({ query }: RegistryUrl): readonly string[] {
  return (query['dc'] ?? '').split(',').filter(Boolean)
}

function refuseWhatItHasNot({ scheme, path, user }: RegistryUrl, settings: Settings): void {
  if (user !== undefined || settings.user !== undefined || settings.password !== undefined)
    throw new RollcallError('usage', 'Consul has no users and passwords, only tokens', {
      hint: 'put the token into ROLLCALL_TOKEN, CONSUL_HTTP_TOKEN or a --token-file',
    })
  if (path.replace(/^\/$/, '') !== '')
    throw new RollcallError('usage', `${scheme}: URLs have no path, and "${path}" was given`, {
      hint: `write for example ${scheme}://127.0.0.1:${PORT}?dc=dc1`,
    })
  if (settings.allNamespaces)
    throw new RollcallError('usage', 'Consul is asked about one namespace at a time', { hint: 'name it with -n' })
}

function placeOf(url: RegistryUrl, environment: Environment): Place {
  const secure = url.scheme === 'consuls'
  if (url.hosts.length > 0) return { endpoints: url.hosts.map(withPort), secure }
  const address = environment['CONSUL_HTTP_ADDR']?.trim() ?? ''
  if (address === '')
    throw new RollcallError('usage', `${url.scheme}: names no agent, and CONSUL_HTTP_ADDR is not set`, {
      hint: `write for example ${url.scheme}://127.0.0.1:${PORT}`,
    })
  const [, scheme = '', host = ''] = /^(?:([a-z]+):\/\/)?([^/]*)\/*$/i.exec(address) ?? []
  if (!['', 'http', 'https'].includes(scheme.toLowerCase()) || host === '')
    throw new RollcallError('usage', 'CONSUL_HTTP_ADDR names no host over http or https', {
      hint: `set it to for example 127.0.0.1:${PORT} or https://consul.example.org`,
    })
  const asked = scheme ? scheme.toLowerCase() === 'https' : isTrue(environment['CONSUL_HTTP_SSL'])
  return { endpoints: [withPort(host)], secure: secure || asked }
}

function withPort(host: string): string {
  return hostPort(host, PORT, 'consul')
}

/** A file is read when the registry is opened: parsing looks at nothing but its arguments. */
function tokenOf(settings: Settings, environment: Environment): Pick<Target, 'token' | 'tokenFile'> {
  const token = settings.token ?? (environment['CONSUL_HTTP_TOKEN'] || undefined)
  if (token !== undefined) return { token }
  const tokenFile = environment['CONSUL_HTTP_TOKEN_FILE']
  return tokenFile ? { tokenFile } : {}
}

function tlsOf(settings: Settings, environment: Environment, secure: boolean): TlsSettings | undefined {
  const { cacert, cert, key } = settings.tls ?? {}
  if (secure) return { ...tlsIn(environment), ...settings.tls }
  if (cacert === undefined && cert === undefined && key === undefined) return undefined
  throw new RollcallError('usage', 'certificates are given, but consul:// is spoken to without TLS', {
    hint: 'write consuls:// instead of consul://',
  })
}

function tlsIn(environment: Environment): TlsSettings {
  const {
    CONSUL_CACERT: cacert,
    CONSUL_CLIENT_CERT: cert,
    CONSUL_CLIENT_KEY: key,
    CONSUL_TLS_SERVER_NAME: serverName,
    CONSUL_HTTP_SSL_VERIFY: verify,
  } = environment
  return {
    ...(cacert ? { cacert } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(serverName ? { serverName } : {}),
    ...(verify && !isTrue(verify) ? { insecureSkipVerify: true } : {}),
  }
}

/** As Go's strconv.ParseBool takes words for true. */
function isTrue(word = ''): boolean {
  return /^(?:1|t|T|TRUE|true|True)$/.test(word)
}

function displayOf(url: RegistryUrl, endpoints: readonly string[], secure: boolean): string {
  const dc = url.query['dc']
  return `${secure ? 'consuls' : 'consul'}://${endpoints.join(',')}${dc === undefined ? '' : `?dc=${dc}`}`
}

function withPartition(url: RegistryUrl, environment: Environment): RegistryUrl {
  const partition = url.query['partition'] ?? environment['CONSUL_PARTITION']
  return partition ? { ...url, query: { ...url.query, partition } } : url
}
