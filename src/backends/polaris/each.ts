import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'

/** Requests at the same time: Polaris writes what comes within 32 ms together. */
const ABREAST = 64

/**
 * Does one thing to each record, and says for each whether it is done. What the registry refuses is that record's
 * outcome; what is left when it no longer answers is not attempted. @throws the signal's reason
 */
export async function forEach(
  records: readonly RawRecord[],
  act: (record: RawRecord) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let broken: RollcallError | undefined
  const tried = async (record: RawRecord): Promise<Outcome> => {
    if (broken) return notAttempted(record.id, broken)
    try {
      await act(record)
      return { id: record.id, result: 'done' }
    } catch (error) {
      if (signal?.aborted || !(error instanceof RollcallError)) throw error
      if (stopsTheRest(error)) broken = error
      return outcomeOfError(record.id, error)
    }
  }
  for (let at = 0; at < records.length; at += ABREAST) {
    signal?.throwIfAborted()
    const abreast = records.slice(at, at + ABREAST)
    outcomes.push(...(await Promise.all(abreast.map(tried))))
  }
  return outcomes
}
