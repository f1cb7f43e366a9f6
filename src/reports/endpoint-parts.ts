import { parseAddress, parseEndpoint } from '../model/endpoint.ts'

const SCHEME = /^[a-z][a-z0-9+.-]*(?=:\/\/)/i

/** The schemes among endpoints, each once, in order. A bare address has none. Parses nothing else: lists are long. */
export function schemesOf(endpoints: readonly string[]): string[] {
  const schemes = endpoints.map((endpoint) => SCHEME.exec(endpoint)?.[0].toLowerCase() ?? '')
  return [...new Set(schemes)].filter((scheme) => scheme !== '').sort()
}

/** Where an endpoint is, as far as it can be read; host and port are empty where they cannot. The host is in lower case, IPv6 without brackets. */
export function listenerOf(endpoint: string): { readonly host: string; readonly port: string } {
  const parsed = parseEndpoint(endpoint)
  const { host = '', port = '' } = parsed.is === 'endpoint' ? parsed : { host: parsed.host, ...parseAddress(endpoint) }
  return { host: host.toLowerCase(), port: String(port) }
}
