import { type Socket, connect as connectPlain, isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect as connectSecurely } from 'node:tls'

/** How a server is spoken to over TLS. */
export interface ServerTls extends Pick<ConnectionOptions, 'secureContext'> {
  /** Whom its certificate must name, instead of the host. */
  readonly serverName: string | undefined
  readonly verify: boolean
}

/** Opens a socket to `host:port`; an IPv6 address stands in brackets. `ready` once it can be written to. */
export function openSocket(endpoint: string, tls: ServerTls | undefined, ready: () => void): Socket {
  const colon = endpoint.lastIndexOf(':')
  const place = { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
  const socket = tls ? connectSecurely({ ...place, ...options(tls, place.host) }, ready) : connectPlain(place, ready)
  return socket.setNoDelay(true)
}

function options({ secureContext, serverName, verify }: ServerTls, host: string): ConnectionOptions {
  const name = serverName ?? host
  return {
    secureContext,
    rejectUnauthorized: verify,
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}
