import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { Entries } from './entries.ts'
import { readTogether } from './merge.ts'
import type { Source } from './source.ts'

/** Which instances to find: those of a service, of an id, or of both. */
export interface InstanceQuery {
  /** Left out: under any service. */
  readonly service?: string
  /** Left out: all of the service. */
  readonly id?: string
}

export interface FindOptions {
  readonly detail?: boolean
  readonly signal?: AbortSignal
}

/** The instances that match any of the queries exactly, in the registry's order. */
export async function find(
  source: Source,
  wanted: readonly InstanceQuery[],
  { detail = false, signal }: FindOptions,
): Promise<InstanceEntry[]> {
  const few = wanted.every(({ id }) => id !== undefined)
  // Where detail is more than leases, only the scan itself can ask for it.
  const later = detail && few && source.capabilities.lease && source.backend.leases !== undefined
  const scan = new Entries(source, scopeOf(wanted), { detail: detail && !later, ...(signal ? { signal } : {}) })
  const found: InstanceEntry[] = []
  for await (const entry of scan) {
    if (entry.is === 'instance' && wanted.some((each) => means(each, entry))) found.push(entry)
  }
  return later ? await inDetail(source, found, signal) : found
}

function scopeOf(wanted: readonly InstanceQuery[]): { services?: string[] } {
  const services = wanted.flatMap(({ service }) => service ?? [])
  return services.length < wanted.length ? {} : { services: [...new Set(services)] }
}

function means({ service, id }: InstanceQuery, entry: InstanceEntry): boolean {
  return (service === undefined || service === entry.service) && (id === undefined || id === entry.instance.id)
}

/** With what is known of the leases of a few entries: it costs a request each, so the scan went without. */
async function inDetail(
  { backend, now }: Source,
  entries: readonly InstanceEntry[],
  signal?: AbortSignal,
): Promise<InstanceEntry[]> {
  const leases = new Set(entries.flatMap(({ records }) => records.flatMap(({ lease }) => lease ?? [])))
  if (leases.size === 0) return [...entries]
  const states = await backend.leases?.([...leases], signal ? { signal } : {})
  return entries.map((entry) => {
    const records = entry.records.map((record) => {
      const leaseState = record.lease === undefined ? undefined : states?.get(record.lease)
      return leaseState ? { ...record, leaseState } : record
    })
    // Under the name that it was found by: a registry may know the service by several.
    return { ...(readTogether({ backend, now }, records) ?? entry), service: entry.service }
  })
}

/** The service and id that identify an instance. */
export type InstanceRef = Pick<InstanceInit, 'name' | 'id'>

export const nameOf = ({ name, id }: InstanceRef): string => `${name}/${id}`

/** The only one of these entries; undefined when there is none. @throws RollcallError `ambiguous` for several */
export function theOnly(entries: readonly InstanceEntry[], named: InstanceRef): InstanceEntry | undefined {
  if (entries.length > 1) throw inSeveralPlaces(nameOf(named), entries)
  return entries[0]
}

function inSeveralPlaces(name: string, entries: readonly InstanceEntry[]): RollcallError {
  const places = entries.map(({ records }) => records.map(({ id }) => id).join(', ')).join(' and ')
  return new RollcallError('ambiguous', `${name} is registered in several places: ${places}`, {
    hint: 'connect to one of these places alone, or remove its records by client.remove',
  })
}
