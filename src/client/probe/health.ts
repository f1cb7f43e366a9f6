import type { InstanceEntry } from '../../model/reading.ts'
import { askedOf } from './ask.ts'
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
 * service answers SERVING; for all others, a TCP connection. Certificates are not checked. Throws only when `stop` is aborted.
 */
export async function checkHealth(asked: Asked, stop?: AbortSignal): Promise<Health> {
  const check = protocolOf(asked)
  const begun = performance.now()
  const reason = await whyUnhealthy(asked, stop)
  const milliseconds = Math.round((performance.now() - begun) * 10) / 10
  return { healthy: reason === undefined, check, milliseconds, ...(reason === undefined ? {} : { reason }) }
}

async function whyUnhealthy(asked: Asked, stop: AbortSignal | undefined): Promise<string | undefined> {
  const signal = within(TIMEOUT, stop)
  try {
    return await ask(asked, signal)
  } catch (error) {
    stop?.throwIfAborted()
    return signal.aborted ? silentFor(TIMEOUT) : faultOf(error)
  }
}

async function ask(asked: Asked, signal: AbortSignal): Promise<string | undefined> {
  const protocol = protocolOf(asked)
  if (protocol === 'grpc') return await askServing(asked, signal)
  if (protocol === 'tcp') {
    await askTcp(asked, signal)
    return undefined
  }
  const status = await askHttp(asked, PATH, signal)
  return status >= 200 && status < 300 ? undefined : `GET ${PATH} answered ${status}`
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

/** Checks every endpoint of the instances, at most 64 at once; resolves with the results in the order of the instances. */
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
      if (asked) checked[at] = { ...each, health: await checkHealth(asked, signal) }
      onProgress?.(++done, checked.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, checked.length) }, work))
  return checked
}
