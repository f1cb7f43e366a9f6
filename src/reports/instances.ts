import type { ServiceInstance } from '../model/instance.ts'
import type { LayoutName, Place } from '../model/observed.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import type { Status } from '../model/status.ts'
import type { Writable } from '../model/writable.ts'

/** An instance as JSON shows it. Times are RFC 3339, TTLs seconds; what is not known is absent. */
export interface InstanceItem {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
  readonly endpoints: readonly string[]
  readonly status: Status
  readonly reason?: string
  readonly weight?: number
  readonly env?: string
  readonly tags?: readonly string[]
  readonly serviceKind?: string
  readonly ttl?: { readonly granted?: number; readonly remaining?: number }
  readonly lease?: string
  readonly owner?: string
  readonly registeredAt?: string
  readonly startedAt?: string
  readonly renewedAt?: string
  readonly offlineAt?: string
  readonly place?: Place
  readonly layout?: LayoutName | 'service'
  /** Its records, as `--raw-key` names them. */
  readonly keys: readonly string[]
  /** Other keys that live and die with the same lease. */
  readonly leaseKeys?: readonly string[]
  readonly records?: readonly RecordItem[]
}

/** A stored record. Exactly one of `value` (UTF-8), `valueBase64` (other bytes) and `object` (the API's own) is there. */
export interface RecordItem {
  readonly key: string
  readonly revision?: string
  readonly lease?: string
  readonly createdAt?: string
  readonly value?: string
  readonly valueBase64?: string
  readonly object?: object
}

export interface InstanceDetail {
  /** Also the TTL, and what else hangs on the lease: asked for by `get` and `-o wide`. */
  readonly detail?: boolean
  /** Also the records as they are stored. */
  readonly raw?: boolean
}

/** The fields in the order in which JSON shows them. */
export function instanceItem(entry: InstanceEntry, detail: InstanceDetail = {}): InstanceItem {
  const { id, name, version, metadata, endpoints } = entry.instance
  return filled({ id, name, version, metadata, endpoints, status: entry.observed.status }, entry, detail)
}

type Beside = Omit<InstanceItem, keyof ServiceInstance>

/** The fields behind those of the instance itself. */
export function besideInstance(entry: InstanceEntry, detail: InstanceDetail): Beside {
  return filled({ status: entry.observed.status }, entry, detail)
}

/** The item with all that follows the status. Filled one by one: a list has a hundred thousand of them, and each copy counts. */
function filled<Item extends Pick<Beside, 'status'>>(
  begun: Item,
  { observed, records }: InstanceEntry,
  { detail = false, raw = false }: InstanceDetail,
): Item & Beside {
  const { reason, weight, env, tags, serviceKind, ttl, lease, owner, place, layout, leaseKeys } = observed
  const { registeredAt, startedAt, renewedAt, offlineAt } = observed
  const item = begun as Item & Writable<Beside>
  if (reason !== undefined) item.reason = reason
  if (weight !== undefined) item.weight = weight
  if (env !== undefined) item.env = env
  if (tags !== undefined) item.tags = tags
  if (serviceKind !== undefined) item.serviceKind = serviceKind
  if (detail && ttl !== undefined) item.ttl = ttl
  if (lease !== undefined) item.lease = lease
  if (owner !== undefined) item.owner = owner
  const registered = timeOf(registeredAt)
  if (registered !== undefined) item.registeredAt = registered
  const started = timeOf(startedAt)
  if (started !== undefined) item.startedAt = started
  const renewed = timeOf(renewedAt)
  if (renewed !== undefined) item.renewedAt = renewed
  const offline = timeOf(offlineAt)
  if (offline !== undefined) item.offlineAt = offline
  if (place !== undefined) item.place = place
  if (layout !== undefined) item.layout = layout
  item.keys = records.map(({ id }) => id)
  if (detail && leaseKeys) item.leaseKeys = leaseKeys
  if (raw) item.records = records.map(recordItem)
  return item
}

export function recordItem(record: RawRecord): RecordItem {
  return {
    key: record.id,
    ...defined({ revision: record.revision, lease: record.lease, createdAt: timeOf(record.createdAt) }),
    ...valueOf(record.body),
  }
}

function valueOf(body: Uint8Array | object): Pick<RecordItem, 'value' | 'valueBase64' | 'object'> {
  if (!(body instanceof Uint8Array)) return { object: body }
  try {
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) }
  } catch {
    return { valueBase64: Buffer.from(body).toString('base64') }
  }
}

/** RFC 3339; undefined also for a time that no calendar has. */
function timeOf(milliseconds: number | undefined): string | undefined {
  if (milliseconds === undefined) return undefined
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** The fields that have a value. */
function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  const kept: Partial<Fields> = {}
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name]
  return kept
}
