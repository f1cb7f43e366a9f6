import type { InstanceEntry } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { Entries } from './entries.ts'
import { readTogether } from './merge.ts'
import type { Source } from './source.ts'

/** Some instances: of a service, of an id, or of both. */
export interface Wanted {
  /** Left out: under any service. */
  readonly service?: string
  /** Left out: all of the service. */
  readonly id?: string
}

export interface FindOptions {
  readonly detail?: boolean
  readonly signal?: AbortSignal
}

/** The instances that any of these means, exactly, in the registry's order. */
export async function find(
  source: Source,
  wanted: readonly Wanted[],
  { detail = false, signal }: FindOptions,
): Promise<InstanceEntry[]> {
  const few = wanted.every(({ id }) => id !== undefined)
  const later = detail && few && source.capabilities.rawKeys
  const scan = new Entries(source, scopeOf(wanted), { detail: detail && !later, ...(signal ? { signal } : {}) })
  const found: InstanceEntry[] = []
  for await (const entry of scan) {
    if (entry.is === 'instance' && wanted.some((each) => means(each, entry))) found.push(entry)
  }
  return later ? await inDetail(source, found, signal) : found
}

function scopeOf(wanted: readonly Wanted[]): { services?: string[] } {
  const services = wanted.flatMap(({ service }) => service ?? [])
  return services.length < wanted.length ? {} : { services: [...new Set(services)] }
}

function means({ service, id }: Wanted, entry: InstanceEntry): boolean {
  return (service === undefined || service === entry.service) && (id === undefined || id === entry.instance.id)
}

/** Reads the records of a few entries again, one by one: details cost a request each, so the scan went without them. */
async function inDetail(
  source: Source,
  entries: readonly InstanceEntry[],
  signal?: AbortSignal,
): Promise<InstanceEntry[]> {
  const again: InstanceEntry[] = []
  for (const { records, service } of entries) {
    const detailed: RawRecord[] = []
    for (const { id } of records) {
      for await (const page of source.backend.scan({ rawKey: id }, { detail: true, ...(signal ? { signal } : {}) })) {
        detailed.push(...page.records)
      }
    }
    const entry = readTogether(source, detailed)
    // Under the name that it was found by: a registry may know the service by several.
    if (entry) again.push({ ...entry, service })
  }
  return again
}
