import { parseAddress, parseEndpoint } from '../../model/endpoint.ts'
import { within } from '../../model/signals.ts'
import { faultOf, isUnconnected, silentFor, speaksTls } from './fault.ts'
import { type Asked, askGrpc, askHttp, askTcp, protocolOf } from './transports.ts'

/** How an endpoint can be asked whether it lives; undefined for one that no connection can reach, or that has none. */
export function askedOf(endpoint: string): Asked | undefined {
  const bare = parseAddress(endpoint)
  if (bare) return { ...bare, scheme: 'tcp', secure: false }
  const parsed = parseEndpoint(endpoint)
  return parsed.is === 'endpoint' && parsed.scheme !== 'udp' ? parsed : undefined
}

/**
 * Why an endpoint does not answer (`refused the connection`, …); undefined where it does. It is asked by its scheme: an
 * HTTP GET of the root, a call of gRPC's health service, for all others a TCP connection. Whatever speaks that protocol
 * is alive, whatever it says: an instance that is unwell is not unreachable. Certificates are not checked, and TLS is
 * tried where plain text fails, and the reverse: this asks whether it lives, not who it is. `timeout` in milliseconds.
 */
export async function whySilent(asked: Asked, timeout: number, stop?: AbortSignal): Promise<string | undefined> {
  const signal = within(timeout, stop)
  try {
    await askEitherWay(asked, signal)
    return undefined
  } catch (error) {
    stop?.throwIfAborted()
    return signal.aborted ? silentFor(timeout) : faultOf(error)
  }
}

async function askEitherWay(asked: Asked, signal: AbortSignal): Promise<void> {
  try {
    await ask(asked, signal)
  } catch (error) {
    if (speaksTls(error)) return
    if (protocolOf(asked) === 'tcp' || signal.aborted || isUnconnected(error)) throw error
    await ask({ ...asked, secure: !asked.secure }, signal).catch((again: unknown) => {
      if (!speaksTls(again)) throw error
    })
  }
}

async function ask(asked: Asked, signal: AbortSignal): Promise<void> {
  const protocol = protocolOf(asked)
  if (protocol === 'http') await askHttp(asked, '/', signal)
  else if (protocol === 'grpc') await askGrpc(asked, 'response', signal)
  else await askTcp(asked, signal)
}
