import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { forEach } from './each.ts'
import type { Polaris } from './api.ts'
import { asSeen } from './seen.ts'
import { settled } from './settle.ts'
import { deregisterOne, registerOne } from './requests.ts'

/** Milliseconds after which reads of a Polaris that is well show a removal. */
const USUAL = 3_000

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
  yield* await removeEach(polaris, unchanged, signal)
}

/** Removes records, and waits until reads show it. */
export async function removeEach(
  polaris: Polaris,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const outcomes = await forEach(records, (record) => deregisterOne(polaris, record, signal), signal)
  const removed = done(records, outcomes)
  const shown = await settled(polaris, removed, (now, was) => now?.revision !== was.revision, USUAL)
  const left = removed.filter(({ id, revision }) => shown.get(id)?.revision === revision)
  await removeTold(polaris, left)
  return outcomes
}

/**
 * The cache of a Polaris with a file store reads what was modified in the last seconds, and a removal there modifies
 * nothing: what is older is shown until the server restarts. So it is written once more, and removed at once. It is the
 * same record that is shown, by its revision: what its owner registered since then has another.
 */
async function removeTold(polaris: Polaris, records: readonly RawRecord[]): Promise<void> {
  if (records.length === 0) return
  polaris.logger.debug(`polaris: ${records.length} removed records are still shown: removing them once more`)
  const again = async (record: RawRecord) => {
    await registerOne(polaris, record, undefined)
    await deregisterOne(polaris, record, undefined)
  }
  await forEach(records, again, undefined)
  await settled(polaris, records, (now) => now === undefined)
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
