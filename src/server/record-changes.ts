import type { ChangeRequest, WireMark, WireOutcome } from '../backends/http/wire.ts'
import type { Client } from '../client/client.ts'
import type { Outcome, RawRecord } from '../model/record.ts'
import type { InstanceTable } from './instance-table.ts'
import type { Explain } from './refusal.ts'
import type { ScopedRegistry } from './registry.ts'

export type RecordChangeKind = 'remove' | 'renew' | 'status'

/** The outcomes for the records of a request, and the changed records as they were before. */
export interface Changed {
  readonly outcomes: readonly WireOutcome[]
  readonly before: readonly RawRecord[]
}

/** How often another may change a record between reading and writing. */
const ATTEMPTS = 16

/** Changes records, each as it was seen, and resolves when this server's copy holds the changes. */
export async function changeRecords(
  registry: ScopedRegistry,
  kind: RecordChangeKind,
  request: ChangeRequest,
  explain: Explain,
): Promise<Changed> {
  const { client } = registry
  const outcomes: WireOutcome[] = []
  const before: RawRecord[] = []
  let left = request.records
  for (let attempt = 1; left.length > 0 && attempt <= ATTEMPTS; attempt++) {
    const { found, missed } = await locate(registry, left, attempt === 1)
    outcomes.push(...missed)
    const made = await carryOut(registry, kind, found, request)
    const results = new Map(made.map((outcome) => [outcome.id, outcome]))
    // Without a requested revision, a concurrent change is retried instead of reported.
    const again = new Set(
      left
        .filter(({ id, revision }) => revision === undefined && results.get(id)?.result === 'changed')
        .map(({ id }) => id),
    )
    const isLast = attempt === ATTEMPTS
    outcomes.push(...made.filter(({ id }) => isLast || !again.has(id)).map((outcome) => wireOutcome(outcome, explain)))
    before.push(...found.filter(({ id }) => results.get(id)?.result === 'done'))
    left = left.filter(({ id }) => again.has(id))
  }
  await registry.seen((table) => before.every((record) => isPast(client, table, record, kind)))
  return { outcomes, before }
}

async function carryOut(
  registry: ScopedRegistry,
  kind: RecordChangeKind,
  found: readonly RawRecord[],
  { status = 'down', reason }: ChangeRequest,
): Promise<Outcome[]> {
  if (found.length === 0) return []
  if (kind === 'renew') return await registry.renew(found)
  if (kind === 'status') return await registry.setStatus(found, status, reason)
  return await registry.remove(found)
}

interface Located {
  readonly found: readonly RawRecord[]
  /** Of those that are not there, or not as they were seen. */
  readonly missed: readonly WireOutcome[]
}

/**
 * The records that are meant: from this server's copy where it has them as they were seen, otherwise from the registry.
 *
 * @throws RefusedRequest `forbidden` for a record of a service that the token is not for, whichever service the request names.
 */
async function locate(registry: ScopedRegistry, marks: readonly WireMark[], mayUseCopy: boolean): Promise<Located> {
  const distinct = [...new Map(marks.map((mark) => [mark.id, mark])).values()]
  const { live } = registry
  const pictured = new Map<string, RawRecord>()
  const services = new Set<string>()
  for (const mark of distinct) {
    const record = live.table.record(mark.id)
    if (record) registry.requireOwn([record])
    if (record && mayUseCopy && registry.isWatched && !live.stale && isMeant(record, mark))
      pictured.set(mark.id, record)
    else services.add(record?.service ?? mark.service)
  }
  const unknown = distinct.filter(({ id }) => !pictured.has(id))
  const stored = await storedRecords(registry, unknown, services)
  const found: RawRecord[] = [...pictured.values()]
  const missed: WireOutcome[] = []
  for (const mark of unknown) {
    const record = stored.get(mark.id)
    if (!record) missed.push({ id: mark.id, result: 'absent' })
    else if (!isMeant(record, mark)) missed.push({ id: mark.id, result: 'changed' })
    else found.push(record)
  }
  return { found, missed }
}

function isMeant({ revision }: RawRecord, mark: WireMark): boolean {
  return mark.revision === undefined || mark.revision === revision
}

async function storedRecords(
  registry: ScopedRegistry,
  marks: readonly WireMark[],
  services: ReadonlySet<string>,
): Promise<ReadonlyMap<string, RawRecord>> {
  const stored = new Map<string, RawRecord>()
  if (marks.length === 0) return stored
  const ids = new Set(marks.map(({ id }) => id))
  for (const service of services) registry.require(service)
  for await (const { records } of registry.scan({ services: [...services] }, {}))
    for (const record of records) if (ids.has(record.id)) stored.set(record.id, record)
  return stored
}

/** Whether this server's copy is newer than the changed record. A heartbeat to a lease changes nothing visible. */
function isPast({ backend }: Client, table: InstanceTable, record: RawRecord, kind: RecordChangeKind): boolean {
  const reading = backend.read(record, Date.now())
  if (reading.is !== 'instance' || record.revision === undefined) return true
  if (kind === 'renew' && reading.observed.layout !== 'aio') return true
  return table.record(record.id)?.revision !== record.revision
}

function wireOutcome({ id, result, error }: Outcome, explain: Explain): WireOutcome {
  if (!error) return { id, result }
  const { code, message } = explain(error)
  return { id, result, error: { code, msg: message } }
}
