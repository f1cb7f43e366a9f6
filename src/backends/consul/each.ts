import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'

/** Requests at once: an agent takes 200 connections of a client. */
const AT_ONCE = 16

/** An outcome for each record, once; what is left when Consul no longer answers is not attempted. */
export async function* forEach(
  records: readonly RawRecord[],
  act: (record: RawRecord) => Promise<Outcome['result']>,
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()]
  let broken: RollcallError | undefined
  const one = async (record: RawRecord): Promise<Outcome> => {
    signal?.throwIfAborted()
    if (broken) return notAttempted(record.id, broken)
    try {
      return { id: record.id, result: await act(record) }
    } catch (error) {
      if (!(error instanceof RollcallError) || signal?.aborted) throw error
      if (stopsTheRest(error)) broken = error
      return outcomeOfError(record.id, error)
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
