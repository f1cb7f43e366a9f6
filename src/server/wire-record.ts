import type { Page, Scope, ScanOptions } from '../backends/contract/backend.ts'
import type { Line, WireChanges, WireRecord } from '../backends/http/wire.ts'
import type { Explain } from './refusal.ts'
import type { ScopedRegistry } from './registry.ts'
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
  const whyDead = entry ? backend.whyDead(entry, now) : undefined
  return {
    ...common,
    object: body,
    removalEffect: backend.removalEffect(record, reading),
    ...(whyDead !== undefined && { whyDead }),
  }
}

/** What an event does to records. */
export function wireChanges(
  client: Client,
  event: Exclude<FeedEvent, { type: 'synced' | 'gap' }>,
  now: number,
): WireChanges {
  if (event.type === 'malformed') {
    const { record } = event.malformed
    return event.gone ? { put: [], removed: [markOf(record)] } : { put: [wireRecord(client, record, now)], removed: [] }
  }
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

/** Records in one line: what is read, and what waits to be sent, stays small. */
const BATCH = 200

interface Reader {
  readonly registry: ScopedRegistry
  readonly explain: Explain
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The raw records of the registry itself as lines of JSON. It begins to answer with the first page, so that a registry
 * that is unreachable shows in the status; a later error is the last line.
 */
export async function recordLines(
  reader: Reader,
  scope: Scope,
  options: ScanOptions,
): Promise<AsyncGenerator<string, void, undefined>> {
  const pages = reader.registry.scan(scope, options)[Symbol.asyncIterator]()
  const first = await pages.next()
  return lines(reader, pages, first)
}

async function* lines(
  reader: Reader,
  pages: AsyncIterator<Page>,
  first: IteratorResult<Page>,
): AsyncGenerator<string, void, undefined> {
  try {
    for (let step = first; !step.done; step = await pages.next()) yield* pageLines(reader, step.value)
    yield line({ end: true })
  } catch (error) {
    const { code, message } = reader.explain(error)
    yield line({ error: { code, msg: message } })
  } finally {
    await pages.return?.()
  }
}

function* pageLines({ registry, now }: Reader, page: Page): Generator<string, void, undefined> {
  const { records, revision, unreadable } = page
  const common = { ...(revision !== undefined && { revision }), ...(unreadable !== undefined && { unreadable }) }
  for (let at = 0; at === 0 || at < records.length; at += BATCH) {
    const batch = records.slice(at, at + BATCH).map((record) => wireRecord(registry.client, record, now()))
    yield line({ records: batch, ...common })
  }
}

function line(value: Line): string {
  return `${JSON.stringify(value)}\n`
}
