import type { WireChanges, WireRecord } from '../backends/http/wire.ts'
import type { Client } from '../client/client.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import type { FeedEvent } from './feed.ts'

/** A record as another rollcall takes it over HTTP, read at that time (milliseconds since 1970). */
export function wireRecord({ backend }: Client, record: RawRecord, now: number): WireRecord {
  const { id, service, body, revision, lease, createdAt, children, leaseState } = record
  const reading = backend.read(record, now)
  const common = {
    id,
    service,
    reading,
    ...(revision !== undefined && { revision }),
    ...(lease !== undefined && { lease }),
    ...(createdAt !== undefined && { createdAt }),
    ...(children !== undefined && { children }),
    ...(leaseState && { leaseState }),
  }
  if (body instanceof Uint8Array) return { ...common, value: Buffer.from(body).toString('base64') }
  const entry = reading.is === 'instance' && entryOf(record, reading)
  const dead = entry ? backend.dead(entry, now) : undefined
  return { ...common, object: body, aftermath: backend.aftermath(record, reading), ...(dead !== undefined && { dead }) }
}

/** What an event does to records. */
export function wireChanges(client: Client, event: Extract<FeedEvent, { entry: unknown }>, now: number): WireChanges {
  if (event.type === 'removed') return { put: [], removed: event.entry.records.map(markOf) }
  const { records } = event.entry
  const left = new Set(records.map(({ id }) => id))
  const before = event.type === 'updated' ? event.before.records : []
  return {
    put: records.map((record) => wireRecord(client, record, now)),
    removed: before.filter(({ id }) => !left.has(id)).map(markOf),
  }
}

/** The instance that one record is, or is a part of. */
export function entryOf(
  record: RawRecord,
  { instance, observed }: Pick<InstanceEntry, 'instance' | 'observed'>,
): InstanceEntry {
  return { is: 'instance', service: record.service, instance, observed, records: [record] }
}

function markOf({ id, service }: RawRecord): { id: string; service: string } {
  return { id, service }
}
