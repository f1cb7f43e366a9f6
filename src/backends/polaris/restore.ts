import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { forEach } from './each.ts'
import type { Polaris } from './api.ts'
import { bodyOf, instanceOf } from './record.ts'
import { current, settled } from './settle.ts'
import { done } from './remove.ts'
import { registerOne } from './requests.ts'

/** Registers again what a backup holds, where nothing has taken its place. */
export async function* restore(
  polaris: Polaris,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  const ours = records.filter((record) => bodyOf(record))
  const there = await current(polaris, ours, signal)
  for (const { id, body } of records) if (!bodyOf({ body })) yield foreign(id)
  for (const { id } of ours) if (there.has(id)) yield { id, result: 'changed' }
  const absent = ours.filter(({ id }) => !there.has(id))
  const restored = await forEach(absent, (record) => putBack(polaris, record, signal), signal)
  await settled(polaris, done(absent, restored), (now) => now !== undefined)
  yield* restored
}

async function putBack(polaris: Polaris, record: RawRecord, signal: AbortSignal | undefined): Promise<void> {
  const { healthy, isolate } = instanceOf(record)
  await registerOne(polaris, record, signal, { healthy, isolate })
}

function foreign(id: string): Outcome {
  const error = new RollcallError('unsupported', `${id} was not stored in Polaris`, {
    hint: 'restore it into a registry of the kind that it is from',
  })
  return { id, result: 'unsupported', error }
}
