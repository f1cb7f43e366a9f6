import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect } from 'node:tls'
import { placeOf } from '../contract/host-port.ts'
import type { Tls } from '../contract/tls.ts'
import { once } from 'node:events'
import type { ChannelCredentials } from '@grpc/grpc-js'

type Grpc = Pick<typeof import('@grpc/grpc-js'), 'ChannelCredentials' | 'credentials'>

/**
 * Credentials of a gRPC channel that use TLS as Node does it. Those of gRPC send IP addresses as server names in the handshake,
 * about which Node then warns the user.
 */
export function tlsCredentials(grpc: Grpc, options: ConnectionOptions): ChannelCredentials {
  class TlsCredentials extends grpc.ChannelCredentials {
    _isSecure(): boolean {
      return true
    }

    _equals(other: ChannelCredentials): boolean {
      return this === other
    }

    _createSecureConnector(): ReturnType<ChannelCredentials['_createSecureConnector']> {
      return {
        connect: (socket) => handshake(socket, options),
        waitForReady: () => Promise.resolve(),
        getCallCredentials: () => grpc.credentials.createEmpty(),
        destroy() {},
      }
    }
  }
  return new TlsCredentials()
}

async function handshake(socket: Socket, options: ConnectionOptions) {
  const secured = connect({ ...options, socket })
  await once(secured, 'secureConnect')
  return { socket: secured, secure: true }
}

/** Node's options for TLS with an endpoint: HTTP/2, and the name that its certificate must have. */
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
