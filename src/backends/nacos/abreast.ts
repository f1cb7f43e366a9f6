import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'

/** Requests sent at the same time. */
export const ABREAST = 16

/** Maps in order, some at a time. */
export async function mapAbreast<T, U>(items: readonly T[], act: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = []
  for (let at = 0; at < items.length; at += ABREAST)
    results.push(...(await Promise.all(items.slice(at, at + ABREAST).map(act))))
  return results
}

/**
 * Changes one by one, an outcome each: what is refused fails alone; when Nacos no longer answers, what is left is not
 * attempted. @throws the signal's reason
 */
export async function changeEach<T extends { readonly id: string }>(
  items: readonly T[],
  change: (item: T) => Promise<Outcome>,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  let broken: RollcallError | undefined
  return await mapAbreast(items, async (item) => {
    signal?.throwIfAborted()
    if (broken) return notAttempted(item.id, broken)
    try {
      return await change(item)
    } catch (error) {
      if (!(error instanceof RollcallError) || signal?.aborted) throw error
      if (stopsTheRest(error)) broken = error
      return outcomeOfError(item.id, error)
    }
  })
}

/** One of each id. */
export function distinct<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}

export function failed(id: string, error: RollcallError): Outcome {
  return { id, result: 'failed', error }
}

/** A change that this record cannot have, as an answer. */
export function unsupported(id: string, message: string, hint?: string): Outcome {
  return { id, result: 'unsupported', error: new RollcallError('unsupported', message, hint ? { hint } : {}) }
}

/** For records that no read of ours brought. */
export function foreign(id: string): Outcome {
  return unsupported(id, `${id} is no instance of Nacos`)
}
