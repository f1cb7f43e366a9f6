import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { keyOf } from './record.ts'
import type { Operation, Store } from './store.ts'
import { distinct, writeEach, type Change } from './write-each.ts'

/** Removes each record if it still is what was seen. */
export async function* remove(
  store: Store,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const seen: Change[] = []
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
