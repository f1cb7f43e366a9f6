import type { ScanOptions, Scope } from '../../backends/contract/backend.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { SnapshotChange } from './watched-service.ts'
import type { InstanceSnapshot } from './snapshot.ts'
import type { Source } from '../source.ts'

/**
 * Reads a scope into an empty snapshot and yields the instances page by page, with the malformed records where the snapshot holds
 * those. Returns the revision of what was read,
 * where the registry has one.
 */
export async function* firstReading(
  { backend, logger }: Source,
  snapshot: InstanceSnapshot,
  scope: Scope,
  options: ScanOptions,
): AsyncGenerator<(InstanceEntry | MalformedEntry)[], string | undefined, undefined> {
  let service: string | undefined
  let revision: string | undefined
  let unreadable: string | undefined
  for await (const page of backend.scan(scope, options)) {
    revision = page.revision
    unreadable = page.unreadable
    const whole: (InstanceEntry | MalformedEntry)[] = []
    for (const records of byService(page.records)) {
      const name = records[0]?.service
      if (service !== undefined && name !== service) whole.push(...snapshot.filled(service))
      service = name
      whole.push(...snapshot.fill(records))
    }
    yield whole
  }
  if (service !== undefined) yield snapshot.filled(service)
  if (unreadable !== undefined) logger.warn(unreadable)
  return revision
}

/**
 * Reads a scope into a snapshot, service by service, and yields what differs from what the snapshot knew. Returns the
 * revision of what was read, where the registry has one.
 */
export async function* rescan(
  { backend, logger }: Source,
  snapshot: InstanceSnapshot,
  scope: Scope,
  options: ScanOptions,
): AsyncGenerator<SnapshotChange[], string | undefined, undefined> {
  const seen = new Set<string>()
  let records: RawRecord[] = []
  let revision: string | undefined
  let unreadable: string | undefined
  const take = (): SnapshotChange[] => {
    const service = records[0]?.service
    if (service === undefined) return []
    seen.add(service)
    return snapshot.setService(service, records)
  }
  for await (const page of backend.scan(scope, options)) {
    revision = page.revision
    unreadable = page.unreadable
    for (const record of page.records) {
      if (records[0] && records[0].service !== record.service) {
        yield take()
        records = []
      }
      records.push(record)
    }
  }
  yield take()
  if (unreadable !== undefined) logger.warn(unreadable)
  yield snapshot.keepOnly(seen)
  return revision
}

/**
 * Fills a snapshot with what was there at a revision: with all of it where the registry can read the past,
 * elsewhere with what has not changed since.
 */
export async function recall(
  { backend }: Source,
  snapshot: InstanceSnapshot,
  scope: Scope,
  { since, signal }: { readonly since: string; readonly signal: AbortSignal },
): Promise<void> {
  for await (const page of backend.scan(scope, { revision: since, signal })) {
    const known = page.revision === since ? page.records : page.records.filter((record) => isKept(record, since))
    snapshot.apply(known.map((put) => ({ put })))
  }
}

/** Whether a record already existed unchanged at that revision, judged by its own revision. */
function isKept({ revision = '' }: RawRecord, since: string): boolean {
  const comparable = /^\d+$/
  return comparable.test(revision) && comparable.test(since) && BigInt(revision) <= BigInt(since)
}

/** The records in runs of one service. */
function* byService(records: readonly RawRecord[]): Generator<readonly RawRecord[], void, undefined> {
  for (let from = 0; from < records.length; ) {
    let end = from + 1
    while (end < records.length && records[end]?.service === records[from]?.service) end++
    yield records.slice(from, end)
    from = end
  }
}
