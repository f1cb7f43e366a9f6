import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Registration } from '../contract/backend.ts'
import { outcomeOfError } from '../contract/outcome.ts'
import type { Catalogue } from './catalogue.ts'
import { ChangeEach } from './change-each.ts'

/** A registration under way: what it has written so far, and takes back if it cannot be finished. */
export class Unfinished<R extends RawRecord> {
  /** What it is, once something was written. */
  action: Registration['action'] | undefined
  readonly #catalogue: Catalogue<R>
  /** Written where nothing was, or sent and never answered. */
  readonly #made = new Map<string, R>()
  /** A rival is gone for it, and cannot come back: it stays. */
  #stays = false

  constructor(catalogue: Catalogue<R>) {
    this.#catalogue = catalogue
  }

  /** Writes one record in the place of what is there, and answers with it as the registry has it. */
  async put(wanted: R, there: R | undefined, signal: AbortSignal | undefined): Promise<R | 'changed'> {
    const isNew = there === undefined && !this.#made.has(wanted.id)
    if (isNew) this.#made.set(wanted.id, wanted)
    try {
      const answer = await this.#catalogue.put(wanted, { expect: there, restored: false, signal })
      if (isNew && answer !== undefined) this.#made.delete(wanted.id)
      if (answer === 'changed') return answer
      const record = answer ?? wanted
      if (isNew || isBeside(record, { wanted, there })) this.#made.set(record.id, record)
      return record
    } catch (error) {
      if (isNew && !mayBeDone(error, signal)) this.#made.delete(wanted.id)
      throw error
    }
  }

  async deleteRival(rival: R, signal: AbortSignal | undefined): Promise<'done' | 'absent' | 'changed'> {
    try {
      const result = await this.#catalogue.delete(rival, { signal })
      this.#stays ||= result !== 'changed'
      return result
    } catch (error) {
      this.#stays ||= mayBeDone(error, signal)
      throw error
    }
  }

  /** Removes what was written, whatever the caller's signal says by now. Never throws: the error before it is the one to tell. */
  async takeBack(): Promise<void> {
    if (this.#stays || this.#made.size === 0) return
    const { title, logger } = this.#catalogue
    const records = [...this.#made.values()].toReversed()
    try {
      const refused = await this.#catalogue.refuseToDelete?.(records)
      const outcomes = await new ChangeEach(1).records(records, async (record) => {
        const refusal = refused?.get(record.id)
        if (refusal) throw refusal
        return await this.#catalogue.delete(record, {})
      })
      const left = outcomes.filter(({ result }) => result !== 'done' && result !== 'absent').map(({ id }) => id)
      if (left.length > 0) logger.warn(`${title} may still hold what was to be taken back: ${left.join(', ')}`)
    } catch (error) {
      logger.warn(`${title} may still hold what was to be taken back: ${records.map(({ id }) => id).join(', ')}`)
      if (!(error instanceof RollcallError)) logger.debug(String(error))
    }
  }
}

/** Whether the registry wrote a record under an id of its own, so that what it was to take the place of is still there. */
export function isBeside<R extends RawRecord>(
  record: R,
  { wanted, there }: { readonly wanted: R; readonly there: R | undefined },
): boolean {
  return record !== wanted && there !== undefined && record.id !== there.id
}

/** Whether a change that failed may have been carried out all the same: it was sent, and its answer never came. */
function mayBeDone(error: unknown, signal: AbortSignal | undefined): boolean {
  return (
    signal?.aborted === true || !(error instanceof RollcallError) || outcomeOfError('', error).result === 'in-doubt'
  )
}
