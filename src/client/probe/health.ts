import type { InstanceEntry } from '../../model/reading.ts'
import { askedOf, requireAsked } from './ask.ts'
import { within } from '../../model/signals.ts'
import { faultOf, silentFor, type Asked, type Protocol, askGrpc, askHttp, askTcp, protocolOf } from './transports.ts'

/** The result of one health check of an endpoint. */
export interface Health {
  readonly healthy: boolean
  readonly check: Protocol
  /** How long the check took, in milliseconds. */
  readonly milliseconds: number
  /** Why it is not healthy. */
  readonly reason?: string
}

/** Milliseconds. */
const TIMEOUT = 3000
const PATH = '/health'

/** HealthCheckResponse.ServingStatus. Source: grpc.health.v1. */
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
const UNIMPLEMENTED = '12'

/**
 * Asks an endpoint, by its scheme, whether it is healthy: GET /health answers 2xx, redirects not followed; gRPC's health
 * service answers SERVING; for all others, a TCP connection. Certificates are not checked. Throws only when its signal is aborted.
 */
export async function checkHealth(asked: Asked, options: CheckEndpointOptions = {}): Promise<Health> {
  const check = protocolOf(asked)
  const begun = performance.now()
  const reason = await whyUnhealthy(asked, options)
  const milliseconds = Math.round((performance.now() - begun) * 10) / 10
  return { healthy: reason === undefined, check, milliseconds, ...(reason === undefined ? {} : { reason }) }
}

async function whyUnhealthy(asked: Asked, options: CheckEndpointOptions): Promise<string | undefined> {
  const signal = within(TIMEOUT, options.signal)
  try {
    return await ask(asked, options.path ?? PATH, signal)
  } catch (error) {
    options.signal?.throwIfAborted()
    return signal.aborted ? silentFor(TIMEOUT) : faultOf(error)
  }
}

async function ask(asked: Asked, path: string, signal: AbortSignal): Promise<string | undefined> {
  const protocol = protocolOf(asked)
  if (protocol === 'grpc') return await askServing(asked, signal)
  if (protocol === 'tcp') {
    await askTcp(asked, signal)
    return undefined
  }
  const status = await askHttp(asked, path, signal)
  return status >= 200 && status < 300 ? undefined : `GET ${path} answered ${status}`
}

async function askServing(asked: Asked, signal: AbortSignal): Promise<string | undefined> {
  const { status, httpStatus, body } = await askGrpc(asked, 'end', signal)
  if (status === UNIMPLEMENTED) return 'has no gRPC health service'
  if (status === undefined)
    return `speaks HTTP/2 but not gRPC${httpStatus === undefined ? '' : `: status ${httpStatus}`}`
  if (status !== '0') return `its gRPC health service answered with code ${status}`
  // After the frame's five bytes: field 1, a varint; 0 is left out.
  const serving = body[5] === 0x08 ? (body[6] ?? 0) : 0
  return serving === 1 ? undefined : `says ${SERVING_STATUS[serving] ?? serving}`
}

/** How one endpoint is checked. */
export interface CheckEndpointOptions {
  /** What an HTTP endpoint is asked for; `/health` by default. */
  readonly path?: string
  readonly signal?: AbortSignal
}

/**
 * Checks one endpoint, whether it is registered or not: HTTP by a GET that has to be answered with 2xx, gRPC by its health service, others,
 * and addresses without a scheme, by a TCP connection. Each has 3 seconds for it. Certificates are not checked.
 *
 * @throws RollcallError `usage` for an endpoint that cannot be connected to, such as one without a port; the signal's reason
 */
export async function checkEndpoint(endpoint: string, options: CheckEndpointOptions = {}): Promise<Health> {
  return await checkHealth(requireAsked(endpoint), options)
}

/** An endpoint with its health; without one when it has no address to check. */
export interface Checked {
  readonly entry: InstanceEntry
  readonly endpoint: string
  readonly health?: Health
}

/** How the probing ends, and who hears how far it is. */
export interface CheckAllOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (checked: number, of: number) => void
}

/** Endpoints asked at once. */
const CONCURRENCY = 64

/**
 * Checks every endpoint of the instances, at most 64 at once; resolves with the results in the order of the instances. An endpoint that
 * does not answer is a result, not an error.
 * @throws the signal's reason
 */
export async function checkAll(entries: readonly InstanceEntry[], options: CheckAllOptions = {}): Promise<Checked[]> {
  const { signal, onProgress } = options
  const checked: Checked[] = entries.flatMap((entry) =>
    entry.instance.endpoints.map((endpoint) => ({ entry, endpoint })),
  )
  const queue = checked.entries()
  let done = 0
  const work = async () => {
    for (const [at, each] of queue) {
      const asked = askedOf(each.endpoint)
      if (asked) checked[at] = { ...each, health: await checkHealth(asked, { signal }) }
      onProgress?.(++done, checked.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, checked.length) }, work))
  return checked
}
