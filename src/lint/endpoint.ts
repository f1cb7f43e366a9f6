/** An endpoint as a Kratos client takes it apart: `scheme://host:port`, read the way Go's net/url does. */
export interface Endpoint {
  readonly text: string
  /** Lower case; empty where there is none. */
  readonly scheme: string
  /** Without brackets; empty where there is none. */
  readonly host: string
  /** Empty where there is none. */
  readonly port: string
  /** The value of the query parameter `isSecure`. */
  readonly isSecure?: string
  /** What keeps a client from using it at all; the first that applies. */
  readonly fault?: 'url' | 'scheme' | 'host' | 'port'
}

// eslint-disable-next-line no-control-regex -- Go refuses them in a URL
const CONTROL = /[\x00-\x1f\x7f]/
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
const HOST = /^(?:\[([0-9a-f:.]+(?:%25[^\]]+)?)\]|([^:[\]\s\\^`{|}]*))(?::(\d*))?$/i

/** `bare`: an address without a scheme is as good (layouts `plain` and `aio`). Never throws. */
export function readEndpoint(text: string, bare = false): Endpoint {
  const nothing = { text, scheme: '', host: '', port: '' }
  if (CONTROL.test(text) || text.startsWith(':')) return { ...nothing, fault: 'url' }
  const scheme = schemeOf(text)
  const rest = text.slice(scheme === '' ? 0 : scheme.length + 1)
  const authority = /^\/\/([^/?#]*)/.exec(scheme === '' && !rest.startsWith('//') ? `//${rest}` : rest)?.[1]
  const [, bracketed, name, port = ''] = HOST.exec((authority ?? '').replace(/^.*@/, '')) ?? []
  const host = bracketed ?? name
  if (host === undefined || isBadPort(port) || hasBadEscape(rest)) return { ...nothing, scheme, fault: 'url' }
  const isSecure = new URLSearchParams(/\?([^#]*)/.exec(rest)?.[1]).get('isSecure')
  const fault = scheme === '' && !bare ? 'scheme' : faultOf(host, port)
  return { text, scheme, host, port, ...(isSecure === null ? {} : { isSecure }), ...(fault ? { fault } : {}) }
}

/** `host:port` as one word to compare; undefined where it names no single listener. */
export function listenerOf({ host, port, fault }: Endpoint): string | undefined {
  if (fault === 'url' || host === '' || port === '' || isUnspecified(host)) return undefined
  return `${host.toLowerCase()}:${port}`
}

/** Addresses that mean every interface of the machine that listens, and nothing to anyone else. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || (host.includes(':') && /^[0:]+$/.test(host))
}

export function isLoopback(host: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(host) || /^(localhost\.?|(0*:)+0*1)$/i.test(host)
}

/** `localhost:9000` and `web-1.internal:9000` begin like a scheme, but are an address. */
function schemeOf(text: string): string {
  const scheme = SCHEME.exec(text)?.[1]
  if (scheme === undefined || /^\d+([/?#]|$)/.test(text.slice(scheme.length + 1))) return ''
  return scheme.toLowerCase()
}

function faultOf(host: string, port: string): 'host' | 'port' | undefined {
  if (host === '') return 'host'
  return port === '' ? 'port' : undefined
}

function isBadPort(port: string): boolean {
  return port !== '' && (Number(port) === 0 || Number(port) > 65_535)
}

function hasBadEscape(rest: string): boolean {
  return /%(?![0-9a-f]{2})/i.test(rest.replace(/[?#].*$/s, ''))
}
