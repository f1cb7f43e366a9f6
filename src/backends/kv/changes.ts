import { layouts } from '../../layouts/index.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { KvContext } from './context.ts'
import { whyKept } from './liveness.ts'
import { read, valueOf, keyOf } from './record.ts'
import { RollcallError } from '../../model/errors.ts'
import { outcomeOfError, notAttempted, stopsTheRest } from '../contract/outcome.ts'
import { neverRead } from '../contract/refusals.ts'
import type { Operation, Store } from './store.ts'

export type Put = Extract<Operation, { readonly put: Uint8Array }>

/** A change of one record. */
export interface GuardedChange<Kind extends Operation = Operation> {
  readonly id: string
  readonly operation: Kind
}

/** Changes in one transaction of etcd. After an error only the batches in flight are in doubt. */
const BATCH = 125
/** Batches in flight at once; the same bound holds when a batch is sent change by change. */
const IN_FLIGHT = 4

/**
 * Writes guarded changes and yields an outcome for each. A refused change fails alone. When the registry stops answering,
 * the changes in flight are `in-doubt` and the rest are `not-attempted`. Throws the signal's reason once it is aborted.
 */
export async function* writeEach(
  store: Store,
  changes: readonly GuardedChange[],
  signal?: AbortSignal,
  size = BATCH,
): AsyncGenerator<Outcome> {
  const flying: Promise<Answer>[] = []
  let at = 0
  const send = (): void => {
    for (; flying.length < IN_FLIGHT && at < changes.length; at += size) {
      const answer = attempt(store, changes.slice(at, at + size), signal)
      answer.catch(() => {}) // the caller may stop before it is awaited
      flying.push(answer)
    }
  }
  let broken: RollcallError | undefined
  for (;;) {
    if (!broken) send()
    const answer = await flying.shift()
    if (!answer) break
    yield* answer.outcomes
    broken ??= answer.broken
  }
  const error = broken
  if (error) yield* changes.slice(at).map(({ id }) => notAttempted(id, error))
}

/** The outcomes of a batch; `broken` is set when the registry stopped answering. */
interface Answer {
  readonly outcomes: readonly Outcome[]
  readonly broken?: RollcallError
}

async function attempt(store: Store, batch: readonly GuardedChange[], signal?: AbortSignal): Promise<Answer> {
  try {
    const outcomes = await write(store, batch, signal)
    const silence = outcomes.find(({ result }) => result === 'in-doubt' || result === 'not-attempted')?.error
    return silence instanceof RollcallError ? { outcomes, broken: silence } : { outcomes }
  } catch (error) {
    if (!(error instanceof RollcallError) || signal?.aborted) throw error
    const outcomesOfError = batch.map(({ id }) => outcomeOfError(id, error))
    if (stopsTheRest(error)) return { outcomes: outcomesOfError, broken: error }
    if (batch.length === 1) return { outcomes: outcomesOfError }
    const outcomes: Outcome[] = []
    for await (const outcome of writeEach(store, batch, signal, 1)) outcomes.push(outcome)
    return { outcomes }
  }
}

async function write(store: Store, batch: readonly GuardedChange[], signal?: AbortSignal): Promise<Outcome[]> {
  const operations = batch.map((change) => change.operation)
  const outcomes = await store.write(operations, { signal })
  return batch.map(({ id }, at) => {
    const { result = 'failed', error } = outcomes[at] ?? {}
    if (error === undefined) return { id, result }
    return result === 'failed' ? outcomeOfError(id, error) : { id, result, error }
  })
}

/** The outcome of a change that this kind of record does not support. */
export function unsupported(id: string, message: string, hint?: string): Outcome {
  return { id, result: 'unsupported', error: new RollcallError('unsupported', message, { hint }) }
}

/** The records without duplicates of an id, since a batch cannot contain a key twice. The last one wins. */
export function distinct<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}

/** Removes each record that has not changed since it was read, and yields an outcome for each. Of an instance with a record that is never removed all stay. */
export async function* remove(
  kv: KvContext,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const seen: GuardedChange[] = []
  const kept = keptAmong(kv, records)
  for (const record of distinct(records))
    if (kept.has(record.id)) yield unsupported(record.id, `${record.id} stays: ${kept.get(record.id)}`)
    else if (record.revision === undefined) yield { id: record.id, result: 'failed', error: neverRead(record.id) }
    else seen.push({ id: record.id, operation: removalOf(record, record.revision) })
  yield* writeEach(kv.store, seen, signal)
}

/** Why records are not removed, by id: those that never are, and the other parts of their instances. */
export function keptAmong(kv: KvContext, records: readonly RawRecord[]): ReadonlyMap<string, string> {
  const kept = new Map<string, string>()
  for (const record of records) {
    const reason = whyKept(record)
    if (reason !== undefined) kept.set(record.id, reason)
  }
  if (kept.size === 0) return kept
  const marks = new Map<string, string>()
  for (const record of records) {
    const mark = markOf(kv, record)
    const reason = kept.get(record.id)
    if (mark !== undefined && reason !== undefined) marks.set(mark, reason)
  }
  for (const record of records) {
    const reason = marks.get(markOf(kv, record) ?? '')
    if (reason !== undefined) kept.set(record.id, reason)
  }
  return kept
}

/** What the parts of one instance have in common. */
function markOf(kv: KvContext, record: RawRecord): string | undefined {
  const reading = read(kv, record, kv.now())
  return reading.is === 'instance' && reading.groupKey !== undefined
    ? `${record.service}\0${reading.groupKey}`
    : undefined
}

function removalOf(record: RawRecord, expect: string): Operation {
  const removal = { delete: keyOf(record), expect }
  return record.body instanceof Uint8Array ? { ...removal, was: record.body } : removal
}

/** Heartbeats sent at the same time. */
const ABREAST = 50

/**
 * Sends one heartbeat for each record: into its value where the layout keeps liveness there, otherwise to its lease, once
 * per lease.
 */
export async function renew(kv: KvContext, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const byValue: GuardedChange[] = []
  const byLease: RawRecord[] = []
  for (const record of distinct(records)) {
    const change = renewalOf(kv, record)
    if (change) byValue.push(change)
    else if (record.lease !== undefined && kv.store.sessions) outcomes.push(anothersSession(record.id, record.lease))
    else if (record.lease !== undefined) byLease.push(record)
    else outcomes.push(unsupported(record.id, `${record.id} has no lease, so there is nothing to renew`))
  }
  for await (const outcome of writeEach(kv.store, byValue, signal)) outcomes.push(outcome)
  outcomes.push(...(await renewLeasesOf(kv, byLease, signal)))
  return outcomes
}

function anothersSession(id: string, lease: string): Outcome {
  return unsupported(id, `${id} belongs to the session 0x${lease}, which only its own process can renew`)
}

/** The write that renews a record whose layout keeps liveness in the value; undefined for other layouts. */
export function renewalOf(kv: KvContext, record: RawRecord, readAs = kv.layout): GuardedChange<Put> | undefined {
  const now = kv.now()
  const reading = read(kv, record, now, readAs)
  if (reading.is !== 'instance') return undefined
  const { layout } = reading.observed
  if (layout === undefined || layout === 'service') return undefined
  const value = layouts[layout].renew?.(valueOf(record), now)
  return value && { id: record.id, operation: replacing(record, value) }
}

/** The write of another value for a record, on its present lease, if it has not changed since it was read. */
export function replacing(record: RawRecord, value: Uint8Array): Put {
  return { put: keyOf(record), value, lease: record.lease, expect: record.revision ?? null }
}

async function renewLeasesOf(kv: KvContext, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const leases = [...new Set(records.flatMap((record) => record.lease ?? []))]
  const results = new Map<string, Omit<Outcome, 'id'>>()
  for (let at = 0; at < leases.length; at += ABREAST) {
    const abreast = leases.slice(at, at + ABREAST)
    await Promise.all(abreast.map(async (lease) => results.set(lease, await beat(kv, lease, signal))))
  }
  return records.map(({ id, lease = '' }) => ({ id, ...(results.get(lease) ?? { result: 'absent' }) }))
}

async function beat(kv: KvContext, lease: string, signal?: AbortSignal): Promise<Omit<Outcome, 'id'>> {
  try {
    return { result: (await kv.store.keepAlive(lease, { signal })) ? 'done' : 'absent' }
  } catch (error) {
    if (!(error instanceof RollcallError) || signal?.aborted) throw error
    return { result: outcomeOfError(lease, error).result, error }
  }
}
