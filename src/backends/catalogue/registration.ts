import type { RawRecord } from '../../model/record.ts'
import type { Registration, WriteOptions } from '../contract/backend.ts'
import type { Catalogue, LookResult } from './catalogue.ts'
import { ChangeEach } from './change-each.ts'
import { deleteRecords } from './changes.ts'

/** How often another may write between reading and writing. */
const ATTEMPTS = 16

/** What a registration made, or found there. */
export interface Registered<R> {
  readonly action: Registration['action']
  readonly records: readonly R[]
  /** The ids of those that were there, and live without heartbeats. */
  readonly unbeaten: ReadonlySet<string>
}

/** What was registered, in one record or several. */
export class CatalogueRegistration<R extends RawRecord> implements Registration {
  readonly action: Registration['action']
  readonly beatEvery: number | undefined
  readonly beat: Registration['beat']
  expiresAt: number | undefined
  unhealthyAt: number | undefined
  readonly #catalogue: Catalogue<R>
  readonly #unhealthyAfter: number | undefined
  readonly #endsAfter: number | undefined
  #records: readonly R[]
  #isOver = false

  constructor(catalogue: Catalogue<R>, { action, records, unbeaten }: Registered<R>, options: WriteOptions) {
    this.#catalogue = catalogue
    this.#records = records
    this.action = action
    const livesOf = (some: readonly R[]) => some.flatMap((record) => catalogue.life?.(record, options) ?? [])
    this.beatEvery = least(livesOf(records).map(({ beatEvery }) => beatEvery))
    const ends = livesOf(records.filter(({ id }) => !unbeaten.has(id)))
    this.#unhealthyAfter = least(ends.flatMap(({ unhealthyAfter }) => unhealthyAfter ?? []))
    this.#endsAfter = least(ends.flatMap(({ endsAfter }) => endsAfter ?? []))
    this.beat = this.beatEvery === undefined ? undefined : (signal) => this.#beat(signal)
    this.#prolong(catalogue.now())
  }

  get records(): readonly R[] {
    return this.#records
  }

  async #beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const now = this.#catalogue.now()
      const result = await this.#beatEach(signal)
      if (result === 'ok') this.#prolong(now)
      if (result !== 'changed') return result
    }
    return 'lost'
  }

  /** One after the other. A record that needs no heartbeat is looked at. */
  async #beatEach(signal: AbortSignal | undefined): Promise<'ok' | 'lost' | 'changed'> {
    let reading: Promise<ReadonlySet<string>> | undefined
    const lookAt = async ({ id }: R): Promise<LookResult> => {
      reading ??= this.#look(signal)
      return (await reading).has(id) ? 'unchanged' : 'gone'
    }
    for (const record of this.#records) {
      const look = () => lookAt(record)
      const beat = (await this.#catalogue.beat?.(record, { look, signal })) ?? 'unneeded'
      if (beat === 'lost' || beat === 'changed') return beat
      if (beat === 'unneeded' && (await look()) === 'gone') return 'lost'
    }
    return 'ok'
  }

  /** The ids of those that are still ours, which are then known as they are now. */
  async #look(signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
    const there = await this.#catalogue.current(this.#records, signal)
    const ours = new Set<string>()
    this.#records = this.#records.map((record) => {
      const now = there.get(record.id)
      if (!now || !this.#isOurs(record, now)) return record
      ours.add(record.id)
      return now
    })
    return ours
  }

  #isOurs(record: R, now: R): boolean {
    return this.#catalogue.isOurs?.(record, now) ?? this.#catalogue.compare(record, now) === 'equal'
  }

  #prolong(now: number): void {
    if (this.#unhealthyAfter !== undefined) this.unhealthyAt = now + this.#unhealthyAfter
    if (this.#endsAfter !== undefined) this.expiresAt = now + this.#endsAfter
  }

  release(): Promise<void> {
    this.#isOver = true
    return Promise.resolve()
  }

  /** Removes what is still ours. One that failed can be tried again. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; !this.#isOver && attempt < ATTEMPTS; attempt += 1) this.#isOver = await this.#remove()
  }

  /** False: another has changed something meanwhile. */
  async #remove(): Promise<boolean> {
    // This may take a while, so it comes before the look.
    const refused = await this.#catalogue.refuseToDelete?.(this.#records)
    const there = await this.#catalogue.current(this.#records)
    const ours = this.#records.flatMap((record) => {
      const now = there.get(record.id)
      // What was written and has never been seen may yet appear.
      if (!now) return record.revision === undefined ? [record] : []
      return this.#isOurs(record, now) ? [now] : []
    })
    const outcomes = await deleteRecords(this.#catalogue, ours, new ChangeEach(1), {
      remove: async (record) => {
        const refusal = refused?.get(record.id)
        if (refusal) throw refusal
        return await this.#catalogue.delete(record, {})
      },
    })
    for (const { error } of outcomes) if (error) throw error
    return outcomes.every(({ result }) => result !== 'changed')
  }
}

function least(numbers: readonly number[]): number | undefined {
  return numbers.length > 0 ? Math.min(...numbers) : undefined
}
