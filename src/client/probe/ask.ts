import { RollcallError } from '../../model/errors.ts'
import { within } from '../../model/signals.ts'
import {
  askTcp,
  faultOf,
  isUnconnected,
  silentFor,
  type Asked,
  type Dial,
  askGrpc,
  askHttp,
  protocolOf,
} from './transports.ts'
import { type Socket, connect } from 'node:net'
import { parseAddress, parseEndpoint } from '../../model/endpoint.ts'

/** How an endpoint can be asked whether it lives; undefined for one that no connection can reach, or that has none. */
export function askedOf(endpoint: string): Asked | undefined {
  const bare = parseAddress(endpoint)
  if (bare) return { ...bare, scheme: 'tcp', secure: false }
  const parsed = parseEndpoint(endpoint)
  return parsed.is === 'endpoint' && parsed.scheme !== 'udp' ? parsed : undefined
}

/** The same. @throws RollcallError `usage` for an endpoint that cannot be connected to, such as one without a port */
export function requireAsked(endpoint: string): Asked {
  const asked = askedOf(endpoint)
  if (asked) return asked
  throw new RollcallError('usage', `"${endpoint}" has no address to check`, {
    hint: 'write a URL with host and port, such as http://10.0.0.1:8000',
  })
}

/**
 * Why an endpoint is silent (`refused the connection`, …); undefined where it answers anything at all. It is asked by its
 * scheme: an HTTP GET of the root, a call of gRPC's health service, for all others a TCP connection. Whoever sends a byte is
 * alive, whatever it says: an instance that is unwell, speaks another protocol or refuses the handshake is not unreachable.
 * Certificates are not checked, and where nothing comes back TLS is tried instead of plain text, and the reverse: this asks
 * whether it lives, not who it is. `timeout` in milliseconds.
 */
export async function whySilent(asked: Asked, timeout: number, stop?: AbortSignal): Promise<string | undefined> {
  const signal = within(timeout, stop)
  const sockets: Socket[] = []
  const dial: Dial = ({ host, port }) => {
    const socket = connect({ host, port })
    sockets.push(socket)
    return socket
  }
  try {
    await askEitherWay(asked, signal, dial)
    return undefined
  } catch (error) {
    stop?.throwIfAborted()
    if (sockets.some(({ bytesRead }) => bytesRead > 0)) return undefined
    if (signal.aborted) return silentFor(timeout)
    return isUnconnected(error) ? faultOf(error) : 'closed the connection without an answer'
  }
}

async function askEitherWay(asked: Asked, signal: AbortSignal, dial: Dial): Promise<void> {
  try {
    await ask(asked, signal, dial)
  } catch (error) {
    if (protocolOf(asked) === 'tcp' || signal.aborted || isUnconnected(error)) throw error
    await ask({ ...asked, secure: !asked.secure }, signal, dial)
  }
}

async function ask(asked: Asked, signal: AbortSignal, dial: Dial): Promise<void> {
  const protocol = protocolOf(asked)
  if (protocol === 'http') await askHttp(asked, '/', signal, dial)
  else if (protocol === 'grpc') await askGrpc(asked, 'response', signal, dial)
  else await askTcp(asked, signal)
}

/** Milliseconds. */
const TIMEOUT = 1000

/** How long a connection to an endpoint takes, in milliseconds; undefined where there is none within a second. */
export async function roundTripTo(endpoint: string, stop?: AbortSignal): Promise<number | undefined> {
  const asked = askedOf(endpoint)
  if (!asked) return undefined
  const begun = performance.now()
  try {
    await askTcp(asked, within(TIMEOUT, stop))
    return performance.now() - begun
  } catch {
    stop?.throwIfAborted()
    return undefined
  }
}
