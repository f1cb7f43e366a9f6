import { layouts } from '../../layouts/index.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { type GuardedChange, distinct, keptAmong, replacing, unsupported, writeEach } from './changes.ts'
import type { KvContext } from './context.ts'
import { read, valueOf } from './record.ts'

/** Writes a status into each record whose layout has one; the others are `unsupported`. */
export async function setStatus(
  kv: KvContext,
  records: readonly RawRecord[],
  status: Status,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const changes: GuardedChange[] = []
  const kept = keptAmong(kv, records)
  for (const record of distinct(records)) {
    const change = statusChange(kv, record, status, kept.has(record.id) ? 'stop its process' : 'deregister it')
    if ('operation' in change) changes.push(change)
    else outcomes.push(change)
  }
  for await (const outcome of writeEach(kv.store, changes, signal)) outcomes.push(outcome)
  return outcomes
}

/** Whether a record is in a layout that has a status, and in a form in which it can be set. */
export function holdsStatus(kv: KvContext, record: RawRecord): boolean {
  return 'operation' in statusChange(kv, record, 'down')
}

/** The write that gives a record this status, or the outcome that says why it cannot have one, and what to do instead. */
export function statusChange(
  kv: KvContext,
  record: RawRecord,
  status: Status,
  nextStep = 'deregister it',
): GuardedChange | Outcome {
  const now = kv.now()
  const reading = read(kv, record, now)
  if (reading.is === 'foreign')
    return unsupported(
      record.id,
      `${record.id} is a record of another program, which has no status that rollcall can set`,
    )
  const layout = reading.is === 'instance' ? reading.observed.layout : undefined
  if (layout === undefined || layout === 'service')
    return unsupported(record.id, `${record.id} is not an instance, so it has no status`)
  const value = layouts[layout].setStatus?.(valueOf(record), status, now)
  if (value) return { id: record.id, operation: replacing(record, value) }
  const { noStatus } = layouts[layout]
  if (noStatus === undefined)
    return unsupported(
      record.id,
      `${record.id} is in layout ${layout}, which has no status: every record in it is up`,
      `${nextStep}, or use layout aio`,
    )
  return unsupported(record.id, `${record.id}: ${noStatus}`, nextStep)
}
