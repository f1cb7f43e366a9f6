import type { FieldChange } from '../model/change.ts'
import { RollcallError } from '../model/errors.ts'
import { option } from '../model/wording.ts'
import type { InstanceItem } from './instances.ts'

/** An event of a journal as JSON shows it. Times are RFC 3339. */
export interface HistoryItem {
  readonly type: 'added' | 'updated' | 'removed' | 'malformed' | 'gap' | 'synced'
  /** When the journal's writer learnt of it; of a gap: when it began. */
  readonly at: string
  /** Of a gap: when it ended; absent while it lasts. */
  readonly until?: string
  /** It happened at some time in the gap before it. */
  readonly found?: true
  readonly revision?: string
  readonly service?: string
  readonly id?: string
  /** As it was then; of removed: as it was last. */
  readonly instance?: InstanceItem
  readonly changes?: readonly FieldChange[]
  /** Since when the instance was there, or the record malformed; absent where the journal did not see it come. */
  readonly since?: string
  /** How often it went within ten minutes, where that is three times or more. */
  readonly flapped?: number
  /** Of malformed: its record. */
  readonly key?: string
  readonly lease?: string
  /** Its code, and the same in a sentence; of a gap why there is one. */
  readonly problem?: string
  readonly message?: string
  /** Of malformed: the record was removed, or can be used now. */
  readonly gone?: true
}

/** An instance that was there at a time. */
export interface PastInstance {
  readonly service: string
  readonly instance: InstanceItem
  readonly since?: string
}

/** Milliseconds. */
export const FLAPPING_WITHIN = 10 * 60_000
const FLAPPING_TIMES = 3
/** Names after which those that have not gone lately are forgotten. */
const MANY = 1_000

/** Marks what goes again and again. Takes all events in their order, from `FLAPPING_WITHIN` before the first that counts. */
export class Flapping {
  readonly #goings = new Map<string, number[]>()

  /** The event, with `flapped` where an instance has gone three times or more within ten minutes. */
  take(item: HistoryItem): HistoryItem {
    if (!goes(item)) return item
    const now = Date.parse(item.at)
    const name = `${item.service ?? ''}\0${item.id ?? ''}`
    const goings = recent(this.#goings.get(name) ?? [], now)
    goings.push(now)
    this.#goings.set(name, goings)
    if (this.#goings.size > MANY) this.#forget(now)
    return goings.length < FLAPPING_TIMES ? item : { ...item, flapped: goings.length }
  }

  #forget(now: number): void {
    for (const [name, goings] of this.#goings) if (recent(goings, now).length === 0) this.#goings.delete(name)
  }
}

function recent(times: readonly number[], now: number): number[] {
  return times.filter((time) => now - time <= FLAPPING_WITHIN)
}

/** Whether an instance left, or is no longer up. */
export function goes({ type, changes = [] }: HistoryItem): boolean {
  return (
    type === 'removed' || (type === 'updated' && changes.some(({ field, from }) => field === 'status' && from === 'up'))
  )
}

/** Counts of a history, for its last line. */
export interface HistorySummary {
  readonly came: number
  readonly went: number
  readonly changed: number
  readonly malformed: number
  readonly gaps: number
  /** `service/id` by the number of times that it was marked as flapping. */
  readonly flapping: ReadonlyMap<string, number>
}

/** Adds up what happened. */
export function historySummary(): { add(item: HistoryItem): void; result(): HistorySummary } {
  const counts = { added: 0, removed: 0, updated: 0, malformed: 0, gap: 0, synced: 0 }
  const flapping = new Map<string, number>()
  return {
    add(item) {
      if (item.gone !== true) counts[item.type]++
      if (item.flapped === undefined) return
      const name = `${item.service ?? ''}/${item.id ?? ''}`
      flapping.set(name, Math.max(flapping.get(name) ?? 0, item.flapped))
    },
    result: () => ({
      came: counts.added,
      went: counts.removed,
      changed: counts.updated,
      malformed: counts.malformed,
      gaps: counts.gap,
      flapping,
    }),
  }
}

/** What is asked for was before a journal begins. `begins`: RFC 3339. */
export function beginsLater(begins: string): RollcallError {
  return new RollcallError('history-lost', `the journal begins at ${begins}`, {
    hint: `ask for a later time; ${option('keep')} and ${option('size')} decide how long its writer keeps events`,
  })
}
