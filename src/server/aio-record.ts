import { formatGoTime, parseGoTime, formatGoDuration } from '../layouts/go-time.ts'
import { parseEndpoint } from '../model/endpoint.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { Status } from '../model/status.ts'

/** An instance as the API answers it, whatever its layout. Times are RFC 3339. Source: AIO's `ServiceInstance`. */
export interface AioRecord {
  readonly id: string
  readonly name: string
  /** `host:port`. */
  readonly address: string
  readonly protocol: string
  readonly env: string
  readonly register_time: string
  readonly start_time: string
  readonly offline_time: string
  readonly last_renew_time: string
  readonly metadata: Readonly<Record<string, string>>
  readonly weight: number
  /** The document's words: `active`, `inactive`, and the others as they are. */
  readonly status: string
  /** All of them; AIO has one an instance, other registries may have more. */
  readonly endpoints: readonly string[]
  /** Further than AIO's own, where the registry has them. */
  readonly tags?: readonly string[]
  readonly service_kind?: string
}

/** The health of one instance. */
export interface AioHealth {
  readonly service_id: string
  readonly service_name: string
  readonly status: string
  readonly healthy: boolean
  readonly online: boolean
  readonly offline: boolean
  /** Since it was started, registered and taken offline: `3h25m10.123s`. */
  readonly uptime: string
  readonly register_duration: string
  /** `0s` where it is not offline. */
  readonly offline_duration: string
  readonly last_check: string
}

const WORDS: Partial<Record<Status, string>> = { up: 'active', down: 'inactive' }
/** Go's way to say that a time is not set. */
const UNSET = '0001-01-01T00:00:00Z'

/** The word that the API answers for a status. */
export function wordOf(status: Status): string {
  return WORDS[status] ?? status
}

/** RFC 3339 to the second, as the document has its times. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The record of an instance, shown with its endpoint of that protocol, else with its first. */
export function aioRecord(entry: InstanceEntry, protocol?: string): AioRecord {
  const { instance, observed } = entry
  const stored = storedTimes(entry)
  const timeOf = (field: string, milliseconds: number | undefined) => textOfTime(stored[field], milliseconds)
  const endpoints = instance.endpoints.map(aioEndpoint)
  const shown = endpoints.find((each) => each.protocol === protocol) ?? endpoints[0] ?? { protocol: '', address: '' }
  return {
    id: instance.id,
    name: instance.name,
    address: shown.address,
    protocol: shown.protocol,
    env: observed.env ?? 'all',
    register_time: timeOf('register_time', observed.registeredAt),
    start_time: timeOf('start_time', observed.startedAt ?? observed.registeredAt),
    offline_time: timeOf('offline_time', observed.offlineAt),
    last_renew_time: timeOf('last_renew_time', observed.renewedAt),
    metadata: instance.version ? { version: instance.version, ...instance.metadata } : instance.metadata,
    weight: observed.weight ?? 100,
    status: wordOf(observed.status),
    endpoints: instance.endpoints,
    ...(observed.tags && { tags: observed.tags }),
    ...(observed.serviceKind !== undefined && { service_kind: observed.serviceKind }),
  }
}

/** The protocols that an instance speaks, each once. */
export function protocolsOf({ instance }: InstanceEntry): string[] {
  return [...new Set(instance.endpoints.map((endpoint) => aioEndpoint(endpoint).protocol))]
}

export function aioHealth({ instance, observed }: InstanceEntry, now: number): AioHealth {
  const { status, registeredAt, startedAt = registeredAt, offlineAt } = observed
  const isUp = status === 'up'
  const since = (time: number | undefined) => formatGoDuration(time === undefined ? 0 : now - time)
  return {
    service_id: instance.id,
    service_name: instance.name,
    status: wordOf(status),
    healthy: isUp,
    online: isUp,
    offline: !isUp,
    uptime: since(startedAt),
    register_duration: since(registeredAt),
    offline_duration: since(isUp ? undefined : offlineAt),
    last_check: formatTime(now),
  }
}

/** A bare address has no protocol; an endpoint that cannot be dialled is shown as it is. */
function aioEndpoint(endpoint: string): { protocol: string; address: string } {
  const parsed = parseEndpoint(endpoint)
  if (parsed.is === 'endpoint') return { protocol: parsed.scheme, address: parsed.address }
  return { protocol: parsed.scheme ?? '', address: endpoint }
}

/** The fields of an AIO record itself; its times are finer than milliseconds. */
function storedTimes({ observed, records }: InstanceEntry): Readonly<Record<string, unknown>> {
  const [record] = records
  if (observed.layout !== 'aio' || !(record?.body instanceof Uint8Array)) return {}
  try {
    return JSON.parse(Buffer.from(record.body).toString('utf8')) as Record<string, unknown>
  } catch {
    return {} // Go reads some texts that JSON.parse refuses
  }
}

/** The stored text of a time, where it is that time. */
function textOfTime(stored: unknown, milliseconds: number | undefined): string {
  if (milliseconds === undefined) return UNSET
  return typeof stored === 'string' && parseGoTime(stored) === milliseconds ? stored : formatGoTime(milliseconds)
}
