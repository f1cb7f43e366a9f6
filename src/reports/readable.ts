import { ServiceInstance } from '../model/instance.ts'
import type { Entry, InstanceEntry } from '../model/reading.ts'

/** An entry as selectors see it. What cannot be read of a malformed record is unknown, and an unknown value never matches. */
export function asFarAsReadable(entry: Entry): InstanceEntry {
  if (entry.is === 'instance') return entry
  const { service, record } = entry
  const { id = '', name = '', endpoints = [] } = entry.is === 'malformed' ? entry.problem : {}
  const registeredAt = record.createdAt === undefined ? {} : { registeredAt: record.createdAt }
  return {
    is: 'instance',
    service,
    instance: ServiceInstance.from({ id, name, endpoints }),
    observed: { status: 'unknown', ...registeredAt },
    records: [record],
  }
}
