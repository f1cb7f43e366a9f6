import type { WatchEvent } from '../../model/change.ts'
import { type InstanceEntry, type MalformedEntry, PROBLEMS } from '../../model/reading.ts'
import type { HistoryItem } from '../../reports/history.ts'
import { type EventOptions, eventOf, eventsOf } from '../watch/events.ts'
import type { JournalLine } from './lines.ts'
import { entryOfStored, keyOfInstance, keyOfRecord, storedInstance } from './stored-instance.ts'

const NOTHING = new Uint8Array()

/** What was there at a time, carried forward event by event; says of each what a watch would have reported. */
export class Past {
  readonly #instances = new Map<string, InstanceEntry>()
  readonly #malformed = new Map<string, MalformedEntry>()
  readonly #options: EventOptions

  constructor(options: EventOptions) {
    this.#options = options
  }

  /** Takes what was there at the beginning. */
  begin(line: JournalLine): void {
    if ('instance' in line) {
      const entry = entryOfStored(line.instance.service, line.instance.instance)
      this.#instances.set(keyOfInstance(entry), entry)
    }
    if ('malformed' in line) {
      const entry = malformedOf(line.malformed)
      this.#malformed.set(keyOfRecord(entry.record.id), entry)
    }
  }

  /** The event of an item of the journal; none where the options leave it out. */
  take(item: HistoryItem): WatchEvent[] {
    const { type, revision } = item
    if (type === 'gap') return [{ type, message: item.message ?? '' }]
    if (type === 'synced') return [revision === undefined ? { type } : { type, revision }]
    if (type === 'malformed') return this.#takeMalformed(malformedOf(item), item.gone === true, revision)
    if (!item.instance) return []
    const after = entryOfStored(item.service ?? '', item.instance)
    const before = this.#forget(after, item)
    if (type === 'removed') return eventsOf([{ before: before ?? after }], this.#options, revision)
    this.#instances.set(keyOfInstance(after), after)
    return eventsOf([before ? { before, after } : { after }], this.#options, revision)
  }

  /** What has become of an instance that a snapshot has now. */
  met(entry: InstanceEntry): WatchEvent[] {
    const key = keyOfInstance(entry)
    const before = this.#instances.get(key)
    this.#instances.delete(key)
    if (!before) return eventsOf([{ after: entry }], this.#options)
    // Compared as both are stored, so that what a journal does not keep makes no difference.
    const after = entryOfStored(entry.service, JSON.parse(storedInstance(entry)))
    const event = eventOf({ before, after }, this.#options)
    if (!event || !('entry' in event)) return []
    return [{ ...event, entry }]
  }

  /** The same of a malformed record. */
  metMalformed(malformed: MalformedEntry): WatchEvent[] {
    const key = keyOfRecord(malformed.record.id)
    const was = this.#malformed.get(key)
    this.#malformed.delete(key)
    const isSame = was?.problem.message === malformed.problem.message && was.record.lease === malformed.record.lease
    return isSame ? [] : eventsOf([{ malformed }], this.#options)
  }

  /** That what no snapshot had is gone. */
  *rest(): Generator<WatchEvent, void, undefined> {
    for (const malformed of this.#malformed.values()) yield* eventsOf([{ malformed, gone: true }], this.#options)
    for (const before of this.#instances.values()) yield* eventsOf([{ before }], this.#options)
  }

  #takeMalformed(malformed: MalformedEntry, gone: boolean, revision?: string): WatchEvent[] {
    const key = keyOfRecord(malformed.record.id)
    if (gone) this.#malformed.delete(key)
    else this.#malformed.set(key, malformed)
    return eventsOf([gone ? { malformed, gone } : { malformed }], this.#options, revision)
  }

  /** The instance before an item, which may have had other records. */
  #forget(after: InstanceEntry, { changes = [] }: HistoryItem): InstanceEntry | undefined {
    const from = changes.find(({ field }) => field === 'keys')?.from
    const ids = Array.isArray(from) ? from.map(String) : after.records.map(({ id }) => id)
    const { service } = after
    const key = keyOfInstance({ ...after, records: ids.map((id) => ({ id, service, body: NOTHING })) })
    const before = this.#instances.get(key)
    this.#instances.delete(key)
    return before
  }
}

function malformedOf({ service = '', id, key = '', lease, message = '', problem }: HistoryItem): MalformedEntry {
  const code = PROBLEMS.find((each) => each === problem) ?? 'wrong-type'
  return {
    is: 'malformed',
    service,
    problem: { code, message, ...(id !== undefined && { id }) },
    record: { id: key, service, body: NOTHING, ...(lease !== undefined && { lease }) },
  }
}
