import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import type { Tls } from '../contract/tls.ts'

/** Host and port of an endpoint; an IPv6 address loses its brackets. */
export function placeOf(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
}

/** How Node is to speak TLS with an endpoint: HTTP/2, and with the name that its certificate must have. */
export function tlsOptions(endpoint: string, tls: Tls): ConnectionOptions {
  const name = tls.serverName ?? placeOf(endpoint).host
  return {
    secureContext: tls.context,
    rejectUnauthorized: tls.verify,
    ALPNProtocols: ['h2'],
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}
