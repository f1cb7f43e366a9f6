import type { RegistrationSettings } from '../../model/capabilities.ts'
import { RollcallError } from '../../model/errors.ts'
import { type Endpoint, parseAddress } from '../../model/endpoint.ts'
import type { WriteOptions } from '../contract/backend.ts'

/** Seconds, as Kratos has it. */
const DEFAULT_TTL = 20
const LEAST_TTL = 2
/** Milliseconds: what Kratos writes, and, for checks that were asked for, what people write by hand. */
const KRATOS = { interval: 10_000, timeout: 5_000 }
const ASKED_FOR = { interval: 10_000, timeout: 3_000 }
const DEREGISTER_AFTER = 600_000
/** Consul takes one minute for anything shorter. */
const LEAST_DEREGISTER_AFTER = 60_000

/** One of `Checks` in a registration, its fields in Go's order. */
export type CheckDefinition =
  | { readonly CheckID: string; readonly TTL: string; readonly DeregisterCriticalServiceAfter: string }
  | {
      readonly Interval: string
      readonly Timeout: string
      readonly HTTP?: string
      readonly TCP?: string
      readonly DeregisterCriticalServiceAfter: string
    }

export type CheckSettings = Pick<WriteOptions, 'ttl' | 'keepAlive' | 'settings'>

/** The checks of a service; null, as Go writes it, where there are none. `id`: its id in Consul. @throws RollcallError `usage` */
export function checksFor(
  id: string,
  endpoints: readonly Endpoint[],
  options: CheckSettings,
): CheckDefinition[] | null {
  const { settings = {} } = options
  const ttl = ttlOf(options)
  const after = seconds(deregisterAfter(settings))
  const checks = [
    ...(settings.noChecks ? [] : probes(endpoints, settings, after)),
    ...(ttl === undefined ? [] : [ttlCheckOf(id, ttl, after)]),
  ]
  return checks.length === 0 ? null : checks
}

/**
 * The TTL in seconds; undefined where there is to be no TTL check. A check that nobody passes turns critical, so without
 * heartbeats there is one only where it was asked for. @throws RollcallError `usage`
 */
export function ttlOf({ ttl, keepAlive, settings }: CheckSettings): number | undefined {
  if (ttl === null) return undefined
  if (ttl === undefined) return keepAlive && !settings?.noChecks ? DEFAULT_TTL : undefined
  if (Number.isInteger(ttl) && ttl >= LEAST_TTL) return ttl
  throw new RollcallError('usage', `Consul cannot keep a TTL of ${ttl} s`, {
    hint: `give whole seconds, ${LEAST_TTL} or more`,
  })
}

/** After how many milliseconds of failing Consul removes the service. @throws RollcallError `usage` */
export function deregisterAfter({ deregisterAfter: after = DEREGISTER_AFTER }: RegistrationSettings): number {
  if (after >= LEAST_DEREGISTER_AFTER) return after
  throw new RollcallError(
    'usage',
    `Consul removes a service after ${LEAST_DEREGISTER_AFTER / 1000} s of failing at the earliest, and not after ${after / 1000} s`,
    {
      hint: 'give it 1m or more',
    },
  )
}

/** Id and order of fields are Kratos'. */
function ttlCheckOf(id: string, ttl: number, after: string): CheckDefinition {
  return { CheckID: `service:${id}`, TTL: `${ttl}s`, DeregisterCriticalServiceAfter: after }
}

function probes(endpoints: readonly Endpoint[], settings: RegistrationSettings, after: string): CheckDefinition[] {
  const { checkTcp, checkHttp } = settings
  if (checkTcp === undefined && checkHttp === undefined) {
    return endpoints.map(({ address }) => ({
      ...rhythm(settings, KRATOS),
      TCP: address,
      DeregisterCriticalServiceAfter: after,
    }))
  }
  const pace = rhythm(settings, ASKED_FOR)
  const end = { DeregisterCriticalServiceAfter: after }
  return [
    ...(checkHttp === undefined ? [] : [{ ...pace, HTTP: webAddress(checkHttp), ...end }]),
    ...(checkTcp === undefined ? [] : [{ ...pace, TCP: tcpAddress(checkTcp), ...end }]),
  ]
}

function rhythm({ checkInterval, checkTimeout }: RegistrationSettings, usual: typeof KRATOS) {
  return { Interval: seconds(checkInterval ?? usual.interval), Timeout: seconds(checkTimeout ?? usual.timeout) }
}

function tcpAddress(text: string): string {
  if (parseAddress(text)) return text
  throw new RollcallError('usage', `"${text}" is not a host:port for a TCP check`, {
    hint: 'write for example 10.0.0.1:9000',
  })
}

function webAddress(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text
  throw new RollcallError('usage', `"${text}" is not an http:// or https:// URL for an HTTP check`, {
    hint: 'write for example http://10.0.0.1:8000/health',
  })
}

/** As Kratos writes durations: `10s`, `600s`; parts of a second in milliseconds. */
function seconds(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}
