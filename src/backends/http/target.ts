import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Environment, Settings, Target, TlsSettings } from '../contract/backend.ts'
import { hostPort } from '../contract/host-port.ts'

/** Where the API begins unless the URL says otherwise. */
const BASE = '/registry'

/** The servers that a URL names; a name without a port has the web's. */
export function completeTarget(url: RegistryUrl, settings: Settings, _: Environment): Target {
  const secure = url.scheme === 'https'
  if (url.hosts.length === 0)
    throw new RollcallError('usage', `${url.scheme}: names no host`, { hint: `write for example ${EXAMPLE}` })
  if (url.user !== undefined || settings.user !== undefined)
    throw new RollcallError('usage', `a registry of kind http has no users`, {
      hint: 'put a token into ROLLCALL_TOKEN or a --token-file',
    })
  const endpoints = url.hosts.map((host) => withPort(host, secure))
  const tls = tlsOf(settings, secure)
  return {
    ...settings,
    ...(tls ? { tls } : {}),
    driver: 'http',
    display: `${url.scheme}://${endpoints.join(',')}${basePath(url)}`,
    url,
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

/** The path below which the API lies, without a slash at its end. */
export function basePath({ path }: RegistryUrl): string {
  return path.replace(/\/+$/, '') || BASE
}

const EXAMPLE = 'http://127.0.0.1:8700/registry'

function withPort(host: string, secure: boolean): string {
  return hostPort(host, secure ? 443 : 80, secure ? 'https' : 'http')
}

function tlsOf({ tls }: Settings, secure: boolean): TlsSettings | undefined {
  if (secure) return tls ?? {}
  const { cacert, cert, key } = tls ?? {}
  if (cacert === undefined && cert === undefined && key === undefined) return undefined
  throw new RollcallError('usage', 'certificates are given, but http:// is spoken to without TLS', {
    hint: 'write https:// instead of http://',
  })
}
