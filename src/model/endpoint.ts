import { isIPv6, parseAddress, parsePort } from './address.ts'

export { isLoopback, isUnspecified, parseAddress } from './address.ts'

/** A URL of an instance that a client can dial. */
export interface Endpoint {
  readonly is: 'endpoint'
  /** In lower case. */
  readonly scheme: string
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** `host:port` as Kratos dials it, IPv6 in brackets. */
  readonly address: string
  /** TLS: by the scheme, or by the legacy query. */
  readonly secure: boolean
  /** The value of `?isSecure=`, when present: Kratos before 2.3.1 wrote it, Kratos since 2.5.0 ignores it. */
  readonly legacySecure?: boolean
}

/** Why an endpoint cannot be dialled. `bad-url`: Go refuses it, or its port does not exist. */
export type EndpointFlawCode = 'no-scheme' | 'no-host' | 'no-port' | 'bad-url'

/** Why an endpoint cannot be dialled. */
export interface EndpointFlaw {
  readonly is: 'flaw'
  readonly code: EndpointFlawCode
  /** The reason, as one sentence without a full stop. */
  readonly message: string
  /** As far as they can be read. */
  readonly scheme?: string
  readonly host?: string
}

/** Schemes that programs are known to register. */
export const KNOWN_SCHEMES: ReadonlySet<string> = new Set([
  'grpc',
  'grpcs',
  'http',
  'https',
  'tcp',
  'tls',
  'udp',
  'ws',
  'wss',
])

const SECURE_SCHEMES: ReadonlySet<string> = new Set(['grpcs', 'https', 'tls', 'wss'])

/** The words that Go's strconv.ParseBool takes for true. */
const TRUE = /^(?:1|t|T|TRUE|true|True)$/

// eslint-disable-next-line no-control-regex -- Go refuses exactly these
const CONTROL = /[\0-\x1f\x7f]/
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
const BROKEN_ESCAPE = /%(?![\da-f]{2})/i
// eslint-disable-next-line no-control-regex -- all that is not ASCII may stand in a host
const HOST = /^(?:[\w!"$&'()*+,;=:[\]<>.~-]|[^\0-\x7f]|%25|%[89a-f][\da-f])*$/i
const ZONE = /^%25(?:[\w!"$&'()*+,;=:[\]<>.~-]|[^\0-\x7f]|%2[0-24-9a-e]|%3[\da-e]|%[46][1-9a-f]|%5[\dabdf]|%7[\dae])*$/i
const USER = /^[\w.:~!$&'()*+,;=%@-]*$/

/** What nearly every endpoint is, and nothing that needs a closer look. */
const COMMON = /^(grpcs?|https?):\/\/([a-z\d][a-z\d.-]*):(\d{1,5})$/

/** Parses an endpoint as strictly as Go's `url.Parse`, and as Kratos' clients then use it. Returns the parts, or the flaw. Never throws. */
export function parseEndpoint(text: string): Endpoint | EndpointFlaw {
  const [, common = '', host = '', digits = ''] = COMMON.exec(text) ?? []
  const port = parsePort(digits)
  if (port === undefined) return parseThoroughly(text)
  return { is: 'endpoint', scheme: common, host, port, address: `${host}:${digits}`, secure: common.endsWith('s') }
}

function parseThoroughly(text: string): Endpoint | EndpointFlaw {
  const [url = ''] = text.split('#', 1)
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase() ?? ''
  const beforeQuery = url.split('?', 1)[0] ?? ''
  const rest = scheme === '' ? beforeQuery : beforeQuery.slice(scheme.length + 1)
  const bare = parseAddress(text) !== undefined && !KNOWN_SCHEMES.has(scheme)
  if (bare) return flaw('no-scheme', 'it is an address without a scheme')
  const fault = faultIn(text, url, scheme, rest)
  if (fault !== undefined) return flaw('bad-url', fault, scheme)
  if (scheme === '') return flaw('no-scheme', 'it has no scheme')
  return dialled(scheme, authorityOf(rest), url.slice(beforeQuery.length + 1))
}

/** What Go's url.Parse has against it. */
function faultIn(text: string, url: string, scheme: string, rest: string): string | undefined {
  if (CONTROL.test(url)) return 'it has a control character'
  if (BROKEN_ESCAPE.test(text.slice(url.length))) return 'its fragment has a broken escape'
  const opaque = !rest.startsWith('/')
  if (opaque && scheme !== '') return undefined
  if (opaque && rest.split('/', 1)[0]?.includes(':')) return 'its scheme is not valid'
  const authority = scheme === '' && rest.startsWith('///') ? '' : authorityOf(rest)
  if (BROKEN_ESCAPE.test(rest.startsWith('//') ? rest.slice(2 + authority.length) : rest))
    return 'its path has a broken escape'
  const at = authority.lastIndexOf('@')
  if (at >= 0 && (!USER.test(authority.slice(0, at)) || BROKEN_ESCAPE.test(authority.slice(0, at))))
    return 'its user name is not valid'
  return faultInHost(scheme, authority.slice(at + 1))
}

function faultInHost(scheme: string, host: string): string | undefined {
  const open = host.lastIndexOf('[')
  if (open > 0) return 'its host is not valid'
  if (open === 0) return faultInBrackets(host)
  const strict = scheme === 'http' || scheme === 'https'
  const colon = strict ? host.indexOf(':') : host.lastIndexOf(':')
  if (colon >= 0 && !/^:\d*$/.test(host.slice(colon))) return 'its port is not a number'
  return HOST.test(host) ? undefined : 'its host has a character that is not allowed in hosts'
}

function faultInBrackets(host: string): string | undefined {
  const close = host.lastIndexOf(']')
  if (close < 0) return 'its host has no closing bracket'
  if (!/^(?::\d*)?$/.test(host.slice(close + 1))) return 'its port is not a number'
  const inner = host.slice(1, close)
  const zone = inner.indexOf('%25')
  const wellFormed = zone < 0 ? HOST.test(inner) : HOST.test(inner.slice(0, zone)) && ZONE.test(inner.slice(zone))
  return wellFormed && isIPv6(percentDecode(inner)) ? undefined : 'its host is not a valid IPv6 address'
}

/** What stands between `//` and the path, `user@` included. */
function authorityOf(rest: string): string {
  return rest.startsWith('//') ? (rest.slice(2).split('/', 1)[0] ?? '') : ''
}

function dialled(scheme: string, authority: string, query: string): Endpoint | EndpointFlaw {
  const address = percentDecode(authority.slice(authority.lastIndexOf('@') + 1))
  const [, rawHost = '', digits] = /^([^]*?)(?::(\d*))?$/.exec(address) ?? []
  const host = rawHost.startsWith('[') && rawHost.endsWith(']') ? rawHost.slice(1, -1) : rawHost
  if (host === '') return flaw('no-host', 'it has no host', scheme)
  if (!digits) return flaw('no-port', 'it has no port', scheme, host)
  const port = parsePort(digits)
  if (port === undefined) return flaw('bad-url', `there is no port ${digits}`, scheme, host)
  const legacy = new URLSearchParams(query).get('isSecure')
  const legacySecure = legacy === null ? {} : { legacySecure: TRUE.test(legacy) }
  const secure = SECURE_SCHEMES.has(scheme) || legacySecure.legacySecure === true
  return { is: 'endpoint', scheme, host, port, address, secure, ...legacySecure }
}

function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  const bytes = Buffer.from(text).toString('latin1')
  const plain = bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1').toString('utf8')
}

function flaw(code: EndpointFlawCode, message: string, scheme = '', host = ''): EndpointFlaw {
  return { is: 'flaw', code, message, ...(scheme && { scheme }), ...(host && { host }) }
}
