import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { forEach } from './each.ts'
import type { Polaris } from './polaris.ts'
import { asSeen } from './seen.ts'
import { settled } from './settle.ts'
import { deregisterOne } from './write.ts'

/** Removes what is still as it was seen a moment before, and answers when reads show that it is gone. */
export async function* remove(
  polaris: Polaris,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  const { unchanged, outcomes } = await asSeen(polaris, records.filter(wasRead), signal)
  yield* outcomes
  for (const { id } of records.filter((record) => !wasRead(record))) yield unread(id)
  const removed = await forEach(unchanged, (record) => deregisterOne(polaris, record, signal), signal)
  await settled(polaris, done(unchanged, removed), (now) => now === undefined)
  yield* removed
}

function wasRead({ revision }: RawRecord): boolean {
  return revision !== undefined
}

function unread(id: string): Outcome {
  return { id, result: 'failed', error: new RollcallError('usage', `${id} was never read: nothing says what is meant`) }
}

/** The records of which that is the outcome. */
export function done(records: readonly RawRecord[], outcomes: readonly Outcome[]): RawRecord[] {
  const ids = new Set(outcomes.filter(({ result }) => result === 'done').map(({ id }) => id))
  return records.filter(({ id }) => ids.has(id))
}
