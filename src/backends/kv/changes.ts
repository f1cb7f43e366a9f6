import { layouts } from '../../layouts/index.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { KvContext } from './context.ts'
import { read, valueOf, keyOf } from './record.ts'
import { RollcallError } from '../../model/errors.ts'
import { outcomeOfError, notAttempted, stopsTheRest } from '../contract/outcome.ts'
import type { Operation, Store } from './store.ts'

export type Put = Extract<Operation, { readonly put: Uint8Array }>

/** A change of one record. */
export interface GuardedChange<Kind extends Operation = Operation> {
  readonly id: string
  readonly operation: Kind
}

/** What etcd does in one transaction. An error leaves no more in doubt than what is in flight. */
const BATCH = 125
/** Batches that the registry has at once, or a part of one sent change by change. */
const IN_FLIGHT = 4

/**
 * Guarded changes, an outcome each. One that is refused fails alone; when the registry no longer answers, what it had
 * been sent is in doubt, and what is left is not attempted.
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
      answer.catch(() => {}) // the caller may leave before it is looked at
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

/** What became of a batch; `broken`: the registry no longer answers. */
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

/** A change that this record cannot have, as an answer. */
export function unsupported(id: string, message: string, hint?: string): Outcome {
  return { id, result: 'unsupported', error: new RollcallError('unsupported', message, { hint }) }
}

/** One of each id, so that no key stands twice in a batch. */
export function distinct<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}

/** Removes each record if it still is what was seen. */
export async function* remove(
  store: Store,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const seen: GuardedChange[] = []
  for (const record of distinct(records))
    if (record.revision === undefined) yield unseen(record.id)
    else seen.push({ id: record.id, operation: removalOf(record, record.revision) })
  yield* writeEach(store, seen, signal)
}

function removalOf(record: RawRecord, expect: string): Operation {
  const removal = { delete: keyOf(record), expect }
  return record.body instanceof Uint8Array ? { ...removal, was: record.body } : removal
}

function unseen(id: string): Outcome {
  const error = new RollcallError('usage', `${id} has no revision to compare, so it was never read`, {
    hint: 'read it first, and remove what was read',
  })
  return { id, result: 'failed', error }
}

/** Heartbeats sent at the same time. */
const ABREAST = 50

/** One heartbeat a record: in its value where liveness lies there, else to its lease, once for all that share it. */
export async function renew(kv: KvContext, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const byValue: GuardedChange[] = []
  const byLease: RawRecord[] = []
  for (const record of distinct(records)) {
    const change = renewalOf(kv, record)
    if (change) byValue.push(change)
    else if (record.lease !== undefined && kv.store.sessions) outcomes.push(anothersSession(record.id, record.lease))
    else if (record.lease !== undefined) byLease.push(record)
    else outcomes.push(unsupported(record.id, `${record.id} has no lease: there is nothing to renew`))
  }
  for await (const outcome of writeEach(kv.store, byValue, signal)) outcomes.push(outcome)
  outcomes.push(...(await renewLeasesOf(kv, byLease, signal)))
  return outcomes
}

function anothersSession(id: string, lease: string): Outcome {
  return unsupported(id, `${id} lives by the session 0x${lease}, which only its own process can keep`)
}

/** The record's next value, where a heartbeat is written into it. */
export function renewalOf(kv: KvContext, record: RawRecord, readAs = kv.layout): GuardedChange<Put> | undefined {
  const now = kv.now()
  const reading = read(kv, record, now, readAs)
  if (reading.is !== 'instance') return undefined
  const { layout } = reading.observed
  if (layout === undefined || layout === 'service') return undefined
  const value = layouts[layout].renew?.(valueOf(record), now)
  return value && { id: record.id, operation: replacing(record, value) }
}

/** Puts another value where the record is, on the lease it has. */
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

/** Writes a status into each record whose layout has one. */
export async function setStatus(
  kv: KvContext,
  records: readonly RawRecord[],
  status: Status,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const changes: GuardedChange[] = []
  for (const record of distinct(records)) {
    const change = statusChange(kv, record, status)
    if ('operation' in change) changes.push(change)
    else outcomes.push(change)
  }
  for await (const outcome of writeEach(kv.store, changes, signal)) outcomes.push(outcome)
  return outcomes
}

/** The record's next value with that status, or why it cannot have one. */
export function statusChange(kv: KvContext, record: RawRecord, status: Status): GuardedChange | Outcome {
  const now = kv.now()
  const reading = read(kv, record, now)
  if (reading.is === 'foreign')
    return unsupported(record.id, `${record.id} is a record of another program, whose readers know no status of ours`)
  const layout = reading.is === 'instance' ? reading.observed.layout : undefined
  if (layout === undefined || layout === 'service')
    return unsupported(record.id, `${record.id} is no instance, so it has no status`)
  const value = layouts[layout].setStatus?.(valueOf(record), status, now)
  if (value) return { id: record.id, operation: replacing(record, value) }
  return unsupported(
    record.id,
    `${record.id} is in layout ${layout}, which has no status: what is there is up`,
    'deregister it, or use layout aio',
  )
}
