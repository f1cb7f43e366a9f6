import { layouts } from '../../layouts/index.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Kv } from './kv.ts'
import { read } from './read.ts'
import { valueOf } from './record.ts'
import { replacing } from './renew.ts'
import { distinct, unsupported, writeEach, type Change } from './write-each.ts'

/** Writes a status into each record whose layout has one. */
export async function setStatus(
  kv: Kv,
  records: readonly RawRecord[],
  status: Status,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const changes: Change[] = []
  for (const record of distinct(records)) {
    const change = statusChange(kv, record, status)
    if ('operation' in change) changes.push(change)
    else outcomes.push(change)
  }
  for await (const outcome of writeEach(kv.store, changes, signal)) outcomes.push(outcome)
  return outcomes
}

/** The record's next value with that status, or why it cannot have one. */
export function statusChange(kv: Kv, record: RawRecord, status: Status): Change | Outcome {
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
