import type { ServiceInstance } from '../model/instance.ts'
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

/** The instance that these records are now, together; undefined where none of them is one. */
export function readTogether(
  { backend, now }: Pick<Source, 'backend' | 'now'>,
  records: readonly RawRecord[],
): InstanceEntry | undefined {
  let merging: Merging | undefined
  for (const record of records) {
    const reading = backend.read(record, now())
    if (reading.is !== 'instance') continue
    if (merging) merging.add({ record, reading })
    else merging = new Merging({ record, reading })
  }
  return merging?.entry()
}

/**
 * The instance that several records are together, made of them one by one; where they disagree, the earlier one is believed. Of a part
 * it keeps the record, and of what it says only what is new.
 */
export class Merging {
  readonly #first: InstanceEntry
  #united: United | undefined

  constructor(first: InstancePart) {
    this.#first = entryOf(first)
  }

  add(part: InstancePart): void {
    this.#united ??= new United(this.#first)
    this.#united.add(entryOf(part))
  }

  entry(): InstanceEntry {
    return this.#united?.entry() ?? this.#first
  }
}

/** What two or more parts say together. */
class United {
  readonly #first: InstanceEntry
  readonly #records: RawRecord[]
  readonly #endpoints: Set<string>
  readonly #metadata: Map<string, string>
  readonly #tags: Set<string>
  readonly #leaseKeys: Set<string>
  #version: string
  #observed: Observed
  #until: number

  constructor(first: InstanceEntry) {
    const { instance, observed, records, until = Infinity } = first
    this.#first = first
    this.#records = [...records]
    this.#endpoints = new Set(instance.endpoints)
    this.#metadata = new Map(Object.entries(instance.metadata))
    this.#tags = new Set(observed.tags)
    this.#leaseKeys = new Set(observed.leaseKeys)
    this.#version = instance.version
    this.#observed = observed
    this.#until = until
  }

  add({ instance, observed, records, until = Infinity }: InstanceEntry): void {
    for (const record of records) this.#records.push(record)
    for (const endpoint of instance.endpoints) this.#endpoints.add(endpoint)
    for (const [key, value] of Object.entries(instance.metadata))
      if (!this.#metadata.has(key)) this.#metadata.set(key, value)
    for (const tag of observed.tags ?? []) this.#tags.add(tag)
    for (const key of observed.leaseKeys ?? []) this.#leaseKeys.add(key)
    this.#version ||= instance.version
    this.#observed = uniteObserved(this.#observed, observed)
    this.#until = Math.min(this.#until, until)
  }

  entry(): InstanceEntry {
    const instance: ServiceInstance = {
      ...this.#first.instance,
      version: this.#version,
      metadata: Object.fromEntries(this.#metadata),
      endpoints: [...this.#endpoints],
    }
    const own = new Set(this.#records.map(({ id }) => id))
    const others = [...this.#leaseKeys].filter((key) => !own.has(key))
    const observed = {
      ...this.#observed,
      leaseKeys: others.length === 0 ? undefined : others,
      ...(this.#tags.size > 0 && { tags: [...this.#tags] }),
    }
    const { is, service } = this.#first
    const entry = { is, service, instance, observed, records: [...this.#records], json: undefined }
    return this.#until === Infinity ? entry : { ...entry, until: this.#until }
  }
}

/** What the parts say of the registration, but for lists. */
function uniteObserved(a: Observed, b: Observed): Observed {
  const status = worse(a.status, b.status)
  const reason = a.status === b.status ? (a.reason ?? b.reason) : (a.status === status ? a : b).reason
  const ttl = [a.ttl, b.ttl].toSorted((x, y) => (x?.remaining ?? Infinity) - (y?.remaining ?? Infinity))[0]
  return { ...b, ...a, status, reason, ttl }
}

/** What the record says of the instance, and what its lease says, where a scan asked for that too. */
function observedOf({ id, leaseState }: RawRecord, { observed }: InstanceReading): Observed {
  if (!leaseState) return observed
  const { lease, granted, remaining, keys } = leaseState
  const others = keys.filter((key) => key !== id)
  return { ...observed, lease, ttl: { granted, remaining }, ...(others.length === 0 ? {} : { leaseKeys: others }) }
}
