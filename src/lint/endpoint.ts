import { hasUser } from '../model/endpoint-secret.ts'
import { type EndpointFlaw, isUnspecified, parseAddress, parseEndpoint } from '../model/endpoint.ts'

/** An endpoint of a record, as far as it can be read. */
export interface CheckedEndpoint {
  readonly text: string
  readonly scheme?: string
  readonly host?: string
  readonly port?: number
  /** The value of `?isSecure=`, when present. */
  readonly legacySecure?: boolean
  /** A user, or a user and a password, stands before the host. */
  readonly hasUser?: boolean
  /** Behind the address stands more than clients read: a path, a query. */
  readonly hasMore?: boolean
  /** What keeps a client from dialling it. */
  readonly flaw?: EndpointFlaw
}

/** `bare`: an address without a scheme is as good (layouts `plain` and `aio`). Never throws. */
export function readEndpoint(text: string, bare: boolean): CheckedEndpoint {
  const parsed = parseEndpoint(text)
  if (parsed.is === 'endpoint') {
    const { scheme, host, port, legacySecure, address } = parsed
    const known = { text, scheme, host, port, legacySecure }
    if (text.length === scheme.length + 3 + address.length) return known
    return { ...known, hasUser: hasUser(text), hasMore: hasMore(text) }
  }
  const address = parseAddress(text)
  if (address) return { text, ...address, ...(bare ? {} : { flaw: parsed }) }
  return { text, scheme: parsed.scheme, host: parsed.host, flaw: bare ? unscathed(parsed) : parsed }
}

/** A slash alone says nothing, and `isSecure` has rules of its own. */
function hasMore(text: string): boolean {
  const [, path = '', query = ''] = /^[^:]+:\/\/[^/?#]*(\/[^?#]*)?(?:\?([^#]*))?/s.exec(text) ?? []
  return path.length > 1 || [...new URLSearchParams(query).keys()].some((name) => name !== 'isSecure')
}

/** `host:port` as one word to compare; undefined where it names no single listener. */
export function listenerOf({ host, port }: CheckedEndpoint): string | undefined {
  if (host === undefined || port === undefined || isUnspecified(host)) return undefined
  return `${host.includes(':') ? `[${host}]` : host}:${port}`.toLowerCase()
}

/** Where no scheme is expected, a missing one is not the flaw of a text that is not an address either. */
function unscathed(flaw: EndpointFlaw): EndpointFlaw {
  return flaw.code === 'no-scheme' ? { ...flaw, code: 'bad-url', message: 'it is not host:port' } : flaw
}
