import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Polaris } from './api.ts'
import { bodyOf } from './record.ts'
import { current } from './settle.ts'

/** Some records as they are now, read once for all, and what is to be said of those that cannot be changed as they were seen. */
export interface Seen {
  readonly unchanged: readonly RawRecord[]
  readonly outcomes: readonly Outcome[]
}

/** Polaris compares nothing, so records are read again just before they are changed. Each is looked at once. */
export async function asSeen(
  polaris: Polaris,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<Seen> {
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()]
  const known = distinct.filter((record) => bodyOf(record))
  const there = await current(polaris, known, signal)
  const outcomes: Outcome[] = []
  const unchanged: RawRecord[] = []
  for (const record of distinct) {
    const { id, revision } = record
    const now = there.get(id)
    if (!known.includes(record)) outcomes.push(foreign(id))
    else if (!now) outcomes.push({ id, result: 'absent' })
    else if (revision !== undefined && now.revision !== revision) outcomes.push({ id, result: 'changed' })
    else unchanged.push(now)
  }
  return { unchanged, outcomes }
}

function foreign(id: string): Outcome {
  return { id, result: 'failed', error: new RollcallError('usage', `${id} is no record of Polaris`) }
}
