import type { Observed } from '../model/observed.ts'
import type { InstanceEntry, Reading } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { worse } from '../model/status.ts'
import type { Source } from './source.ts'

type InstanceReading = Extract<Reading, { is: 'instance' }>

/** One record that could be read as an instance, or as a part of one. */
export interface InstancePart {
  readonly record: RawRecord
  readonly reading: InstanceReading
}

/** The instance that one record is. */
export function entryOf({ record, reading }: InstancePart): InstanceEntry {
  const { instance, json } = reading
  const observed = observedOf(record, reading)
  const entry = { is: 'instance', service: record.service, instance, observed, records: [record], json } as const
  return reading.until === undefined ? entry : { ...entry, until: reading.until }
}

/** The instance that several records are together; where they disagree, the earlier one is believed. */
export function merge(parts: readonly [InstancePart, ...InstancePart[]]): InstanceEntry {
  return parts.slice(1).map(entryOf).reduce(unite, entryOf(parts[0]))
}

/** The instance that these records are now, together; undefined where none of them is one. */
export function readTogether(
  { backend, now }: Pick<Source, 'backend' | 'now'>,
  records: readonly RawRecord[],
): InstanceEntry | undefined {
  const parts = records.flatMap((record) => {
    const reading = backend.read(record, now())
    return reading.is === 'instance' ? [{ record, reading }] : []
  })
  const [first, ...rest] = parts
  return first && merge([first, ...rest])
}

function unite(a: InstanceEntry, b: InstanceEntry): InstanceEntry {
  const records = [...a.records, ...b.records]
  const until = Math.min(a.until ?? Infinity, b.until ?? Infinity)
  return {
    ...a,
    instance: {
      ...a.instance,
      version: a.instance.version || b.instance.version,
      metadata: { ...b.instance.metadata, ...a.instance.metadata },
      endpoints: [...new Set([...a.instance.endpoints, ...b.instance.endpoints])],
    },
    observed: uniteObserved(a.observed, b.observed, new Set(records.map((record) => record.id))),
    records,
    json: undefined,
    ...(until === Infinity ? {} : { until }),
  }
}

function uniteObserved(a: Observed, b: Observed, own: ReadonlySet<string>): Observed {
  const status = worse(a.status, b.status)
  const reason = a.status === b.status ? (a.reason ?? b.reason) : (a.status === status ? a : b).reason
  const ttl = [a.ttl, b.ttl].toSorted((x, y) => (x?.remaining ?? Infinity) - (y?.remaining ?? Infinity))[0]
  const others = new Set([...(a.leaseKeys ?? []), ...(b.leaseKeys ?? [])].filter((key) => !own.has(key)))
  const leaseKeys = others.size === 0 ? undefined : [...others]
  const tags = a.tags && b.tags ? [...new Set([...a.tags, ...b.tags])] : (a.tags ?? b.tags)
  return { ...b, ...a, status, reason, ttl, leaseKeys, ...(tags && { tags }) }
}

/** What the record says of the instance, and what its lease says, where a scan asked for that too. */
function observedOf({ id, leaseState }: RawRecord, { observed }: InstanceReading): Observed {
  if (!leaseState) return observed
  const { lease, granted, remaining, keys } = leaseState
  const others = keys.filter((key) => key !== id)
  return { ...observed, lease, ttl: { granted, remaining }, ...(others.length === 0 ? {} : { leaseKeys: others }) }
}
