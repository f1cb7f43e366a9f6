import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { neverRead, notARecordOf, nothingToRenew, statusUnsupported } from '../contract/refusals.ts'
import type { Catalogue, LookResult } from './catalogue.ts'
import { ChangeEach } from './change-each.ts'
import { type Made, waitUntilVisible } from './wait-until-visible.ts'

type Signal = AbortSignal | undefined
type Result = Outcome['result']

/** Removes what still is as it was seen, an outcome each, and answers when reads show it. @throws the signal's reason */
export async function* remove<R extends RawRecord>(
  catalogue: Catalogue<R>,
  records: readonly RawRecord[],
  signal: Signal,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  const changes = new ChangeEach(catalogue.atOnce, signal)
  const { own, outcomes } = ownOf(catalogue, records, { read: true })
  yield* outcomes
  const refused = await changes.reading(async () => await refusals(catalogue, own, signal))
  for (const batch of batchesOf(catalogue, own)) {
    const look = looker(catalogue, batch, changes, signal)
    const act = async (record: R): Promise<Result> => {
      if (refused instanceof RollcallError) throw refused
      const refusal = refused?.get(record.id)
      if (refusal) throw refusal
      return await asSeen(catalogue, record, look, (now) => catalogue.delete(now, { signal }))
    }
    yield* await deleteRecords(catalogue, batch, changes, { remove: act, signal })
  }
}

async function refusals<R extends RawRecord>(catalogue: Catalogue<R>, own: readonly R[], signal: Signal) {
  return own.length > 0 ? await catalogue.refuseToDelete?.(own, signal) : undefined
}

/** Removes records, an outcome each, and waits until reads show it. */
export async function deleteRecords<R extends RawRecord>(
  catalogue: Catalogue<R>,
  records: readonly R[],
  changes: ChangeEach,
  { remove: act, signal }: { readonly remove: (record: R) => Promise<Result>; readonly signal?: Signal },
): Promise<Outcome[]> {
  const outcomes = await changes.records(records, act)
  const isShown = (now: R | undefined, was: R) => isGone(catalogue, now, was)
  return await untilShown(catalogue, outcomes, { change: 'delete', records, isShown }, { changes, signal })
}

/** Whether a record is no longer there: nothing is, or something that came after it. */
export function isGone<R extends RawRecord>(catalogue: Catalogue<R>, now: R | undefined, was: R): boolean {
  if (!now) return true
  return was.revision === undefined ? catalogue.compare(was, now) !== 'equal' : now.revision !== was.revision
}

/** Takes records out of traffic, or back, that still are as they were seen. @throws the signal's reason */
export async function setStatus<R extends RawRecord>(
  catalogue: Catalogue<R>,
  records: readonly RawRecord[],
  status: Status,
  { reason, signal }: { readonly reason: string | undefined; readonly signal: Signal },
): Promise<Outcome[]> {
  const { own, outcomes } = ownOf(catalogue, records, { read: true })
  const { statuses = [] } = catalogue
  const changes = new ChangeEach(catalogue.atOnce, signal)
  const isShown = (now: R | undefined) => !now || catalogue.isOut?.(now) === (status !== 'up')
  for (const batch of batchesOf(catalogue, own)) {
    const look = looker(catalogue, batch, changes, signal)
    const act = async (now: R): Promise<Result> =>
      (await catalogue.setStatus?.(now, { status, reason, signal })) ?? 'unsupported'
    const changed = await changes.records(batch, async (record) => {
      if (!statuses.includes(status)) throw statusUnsupported(catalogue.title, { id: record.id, status, statuses })
      return await asSeen(catalogue, record, look, act)
    })
    const made = { change: 'status', records: catalogue.isOut ? batch : [], isShown } as const
    outcomes.push(...(await untilShown(catalogue, changed, made, { changes, signal })))
  }
  return outcomes
}

/** One heartbeat a record. @throws the signal's reason */
export async function renew<R extends RawRecord>(
  catalogue: Catalogue<R>,
  records: readonly RawRecord[],
  signal: Signal,
): Promise<Outcome[]> {
  const { own, outcomes } = ownOf(catalogue, records, { read: false })
  const changes = new ChangeEach(catalogue.atOnce, signal)
  for (const batch of batchesOf(catalogue, own)) {
    const lookAt = looker(catalogue, batch, changes, signal)
    const beat = async (record: R): Promise<Result> => {
      const { revision } = record
      const look = async (): Promise<LookResult> => {
        const now = await lookAt(record)
        if (!now) return 'gone'
        return revision === undefined || now.revision === revision ? 'unchanged' : 'changed'
      }
      const result = await catalogue.beat?.(record, { look, signal })
      if (result === 'ok') return 'done'
      if (result === 'lost') return 'absent'
      if (result === 'changed') return 'changed'
      throw nothingToRenew(record.id)
    }
    outcomes.push(...(await changes.records(batch, beat)))
  }
  return outcomes
}

/** Puts back what a backup holds, where nothing has taken its place. @throws the signal's reason */
export async function* restore<R extends RawRecord>(
  catalogue: Catalogue<R>,
  records: readonly RawRecord[],
  signal: Signal,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  const { own, outcomes } = ownOf(catalogue, records, { read: false })
  yield* outcomes
  const changes = new ChangeEach(catalogue.atOnce, signal)
  const isShown = (now: R | undefined, record: R) => now !== undefined && catalogue.compare(record, now) === 'equal'
  for (const batch of batchesOf(catalogue, own)) {
    const look = looker(catalogue, batch, changes, signal)
    const restored = await changes.records(batch, async (record) => {
      if (!catalogue.capabilities.guarded && (await look(record))) return 'changed'
      const put = await catalogue.put(record, { expect: undefined, restored: true, signal })
      return put === 'changed' ? put : 'done'
    })
    yield* await untilShown(catalogue, restored, { change: 'put', records: batch, isShown }, { changes, signal })
  }
}

/** Each record once, as this registry knows it, and what is to be said of the others. `read`: only what was read. */
function ownOf<R extends RawRecord>(
  catalogue: Catalogue<R>,
  records: readonly RawRecord[],
  { read }: { readonly read: boolean },
): { readonly own: readonly R[]; readonly outcomes: Outcome[] } {
  const own: R[] = []
  const outcomes: Outcome[] = []
  for (const [id, record] of new Map(records.map((each) => [each.id, each]))) {
    const known = catalogue.own(record)
    if (!known) outcomes.push({ id, result: 'unsupported', error: notARecordOf(catalogue.title, id) })
    else if (read && known.revision === undefined) outcomes.push({ id, result: 'failed', error: neverRead(id) })
    else own.push(known)
  }
  return { own, outcomes }
}

function batchesOf<R extends RawRecord>({ batch, atOnce }: Catalogue<R>, records: readonly R[]): R[][] {
  const size = Math.max(batch, atOnce)
  const count = Math.ceil(records.length / size)
  return Array.from({ length: count }, (_, at) => records.slice(at * size, (at + 1) * size))
}

/**
 * Looks at the records of a batch, when the first is asked for: at all in one reading, or at each alone where a reading is of
 * one record, so that one that cannot be read fails alone.
 */
function looker<R extends RawRecord>(
  catalogue: Catalogue<R>,
  batch: readonly R[],
  changes: ChangeEach,
  signal: Signal,
): (record: R) => Promise<R | undefined> {
  const read = (records: readonly R[]) => changes.reading(() => catalogue.current(records, signal))
  let reading: ReturnType<typeof read> | undefined
  return async (record) => {
    const there = await (catalogue.batch === 1 ? read([record]) : (reading ??= read(batch)))
    if (there instanceof RollcallError) throw there
    return there.get(record.id)
  }
}

/** Does something to a record that still is as it was seen: a guarded registry compares itself, another is read again. */
async function asSeen<R extends RawRecord>(
  catalogue: Catalogue<R>,
  record: R,
  look: (record: R) => Promise<R | undefined>,
  act: (now: R) => Promise<Result>,
): Promise<Result> {
  if (catalogue.capabilities.guarded) return await act(record)
  const now = await look(record)
  if (!now) return 'absent'
  return now.revision === record.revision ? await act(now) : 'changed'
}

/** The outcomes once reads show the changes, or as they stand when the registry falls silent meanwhile. */
async function untilShown<R extends RawRecord>(
  catalogue: Catalogue<R>,
  outcomes: readonly Outcome[],
  made: Made<R>,
  { changes, signal }: { readonly changes: ChangeEach; readonly signal?: Signal },
): Promise<Outcome[]> {
  const done = new Set(outcomes.filter(({ result }) => result === 'done').map(({ id }) => id))
  const records = made.records.filter(({ id }) => done.has(id))
  const shown = await changes.reading(() => waitUntilVisible(catalogue, { ...made, records }, changes, signal))
  if (shown instanceof RollcallError) return [...outcomes]
  return outcomes.map((outcome) => shown.failures.get(outcome.id) ?? outcome)
}
