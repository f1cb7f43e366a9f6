import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'

/**
 * One change of many records, in as many batches as it takes. What the registry refuses is the outcome of that record alone; the
 * first silence ends the whole change.
 */
export class ChangeEach {
  readonly #atOnce: number
  readonly #signal: AbortSignal | undefined
  #silence: RollcallError | undefined

  /** `atOnce`: requests at the same time; 1 keeps the records' order. */
  constructor(atOnce: number, signal?: AbortSignal) {
    this.#atOnce = atOnce
    this.#signal = signal
  }

  /** An outcome for each record, in their order. @throws the signal's reason */
  async records<R extends Pick<RawRecord, 'id'>>(
    records: readonly R[],
    change: (record: R) => Promise<Outcome['result']>,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    let next = 0
    const work = async (): Promise<void> => {
      for (let at = next++; at < records.length; at = next++) {
        const record = records[at]
        if (record) outcomes[at] = await this.#one(record, change)
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(this.#atOnce, records.length) }, work))
    } finally {
      next = records.length
    }
    return outcomes
  }

  async #one<R extends Pick<RawRecord, 'id'>>(
    record: R,
    change: (record: R) => Promise<Outcome['result']>,
  ): Promise<Outcome> {
    this.#signal?.throwIfAborted()
    if (this.#silence) return notAttempted(record.id, this.#silence)
    try {
      return { id: record.id, result: await change(record) }
    } catch (error) {
      this.#signal?.throwIfAborted()
      if (!(error instanceof RollcallError)) throw error
      // A reading before the change fell silent: nothing was sent.
      if (error === this.#silence) return notAttempted(record.id, error)
      if (stopsTheRest(error)) this.#silence ??= error
      return outcomeOfError(record.id, error)
    }
  }

  /** What a reading for this change answers, or why it does not. @throws the signal's reason */
  async reading<T>(read: () => Promise<T>): Promise<T | RollcallError> {
    this.#signal?.throwIfAborted()
    if (this.#silence) return this.#silence
    try {
      return await read()
    } catch (error) {
      this.#signal?.throwIfAborted()
      if (!(error instanceof RollcallError)) throw error
      if (!stopsTheRest(error)) return error
      return (this.#silence ??= error)
    }
  }
}
