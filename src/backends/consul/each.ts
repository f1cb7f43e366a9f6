import { RollcallError, type ErrorCode } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'

/** Requests at once: an agent takes 200 connections of a client. */
const AT_ONCE = 16

/** After one of these the next change would fail alike. */
const STOPS: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'unauthenticated', 'wrong-server'])

/** An outcome for each record, once; what is left when Consul no longer answers fails with that error and is not tried. */
export async function* forEach(
  records: readonly RawRecord[],
  act: (record: RawRecord) => Promise<Outcome['result']>,
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()]
  let broken: RollcallError | undefined
  const one = async (record: RawRecord): Promise<Outcome> => {
    signal?.throwIfAborted()
    if (broken) return { id: record.id, result: 'failed', error: broken }
    try {
      return { id: record.id, result: await act(record) }
    } catch (error) {
      if (!(error instanceof RollcallError) || signal?.aborted) throw error
      if (STOPS.has(error.code)) broken = error
      return { id: record.id, result: error.code === 'unsupported' ? 'unsupported' : 'failed', error }
    }
  }
  for (let at = 0; at < distinct.length; at += AT_ONCE)
    yield* await Promise.all(distinct.slice(at, at + AT_ONCE).map(one))
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
