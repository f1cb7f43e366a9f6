import { type Socket, connect as connectPlain, isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect as connectSecurely } from 'node:tls'

/** Settings for TLS with a server. */
export interface SocketTls extends Pick<ConnectionOptions, 'secureContext'> {
  /** The name that its certificate must have, instead of the host. */
  readonly serverName: string | undefined
  readonly verify: boolean
}

/** Opens a socket to `host:port`, with an IPv6 address in brackets. Calls `ready` once it can be written to. */
export function openSocket(endpoint: string, tls: SocketTls | undefined, ready: () => void): Socket {
  const colon = endpoint.lastIndexOf(':')
  const place = { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
  const socket = tls ? connectSecurely({ ...place, ...options(tls, place.host) }, ready) : connectPlain(place, ready)
  return socket.setNoDelay(true)
}

function options({ secureContext, serverName, verify }: SocketTls, host: string): ConnectionOptions {
  const name = serverName ?? host
  return {
    secureContext,
    rejectUnauthorized: verify,
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}
