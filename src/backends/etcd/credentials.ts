import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import type { ChannelCredentials } from '@grpc/grpc-js'

type Grpc = Pick<typeof import('@grpc/grpc-js'), 'ChannelCredentials' | 'credentials'>

/**
 * TLS as Node does it, for a gRPC channel. gRPC's own credentials put IP addresses into the handshake as server
 * names, of which Node then warns the user.
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
