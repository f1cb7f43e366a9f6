import type { RecordChange } from '../../backends/contract/backend.ts'
import { unescapeKey } from '../../model/key.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { entryOf, readTogether } from '../merge.ts'
import type { Source } from '../source.ts'

/** An instance as it was and as it is; one of them is missing where it came or went. */
export interface EntryChange {
  readonly before?: InstanceEntry
  readonly after?: InstanceEntry
}

/** The instances of a scope as they were last seen, held service by service. Malformed records are no instances. */
export class InstanceSnapshot {
  readonly #source: Pick<Source, 'backend' | 'now'>
  readonly #services = new Map<string, ServiceSnapshot>()
  /** No later than the time (milliseconds since 1970) at which a status changes by itself. */
  #dueAt = Infinity

  constructor(source: Pick<Source, 'backend' | 'now'>) {
    this.#source = source
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** Takes what changed together, so that an instance of several records changes once. */
  apply(changes: readonly RecordChange[]): EntryChange[] {
    const byService = new Map<string, RecordChange[]>()
    for (const change of changes) {
      const { service } = 'put' in change ? change.put : change.removed
      const some = byService.get(service)
      if (some) some.push(change)
      else byService.set(service, [change])
    }
    return [...byService].flatMap(([service, some]) => this.#change(service, some))
  }

  /** Takes all records of one service, as a registry or a scan answers them. */
  setService(service: string, records: readonly RawRecord[]): EntryChange[] {
    const there = new Set(records.map((record) => record.id))
    const gone = this.#services.get(service)?.recordIds() ?? []
    const removals = [...gone].filter((id) => !there.has(id)).map((id) => ({ removed: { id, service } }))
    return this.#change(service, [...removals, ...records.map((put) => ({ put }))])
  }

  /** After a whole scan: services that it did not meet are gone. */
  keepOnly(services: ReadonlySet<string>): EntryChange[] {
    const gone = [...this.#services.keys()].filter((service) => !services.has(service))
    return gone.flatMap((service) => this.setService(service, []))
  }

  /** Reads again what time alone has changed. */
  passTime(): EntryChange[] {
    const now = this.#source.now()
    const due: RecordChange[] = []
    this.#dueAt = Infinity
    for (const service of this.#services.values()) {
      for (const { until = Infinity, records } of service.entries()) {
        if (until <= now) due.push(...records.map((put) => ({ put })))
        else this.#wake(until)
      }
    }
    return this.apply(due)
  }

  #change(service: string, changes: readonly RecordChange[]): EntryChange[] {
    const snapshot = this.#services.get(service) ?? new ServiceSnapshot(this.#source)
    const changed = snapshot.apply(changes)
    if (snapshot.isEmpty) this.#services.delete(service)
    else this.#services.set(service, snapshot)
    for (const { after } of changed) this.#wake(after?.until)
    return changed
  }

  #wake(until = Infinity): void {
    this.#dueAt = Math.min(this.#dueAt, until)
  }
}

/** The instances of one service. A record alone is known by its id, parts of one instance by their common mark. */
class ServiceSnapshot {
  readonly #source: Pick<Source, 'backend' | 'now'>
  readonly #entries = new Map<string, InstanceEntry>()
  /** The mark of each record that is a part. */
  readonly #marks = new Map<string, string>()

  constructor(source: Pick<Source, 'backend' | 'now'>) {
    this.#source = source
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  *recordIds(): Generator<string, void, undefined> {
    for (const { records } of this.#entries.values()) for (const { id } of records) yield id
  }

  entries(): IterableIterator<InstanceEntry> {
    return this.#entries.values()
  }

  /** The changes of instances, one for each instance however many of its records changed. */
  apply(changes: readonly RecordChange[]): EntryChange[] {
    const before = new Map<string, InstanceEntry | undefined>()
    for (const change of changes) {
      if ('put' in change) this.#put(change.put, before)
      else this.#take(change.removed.id, before)
    }
    const changed = [...before].map(([key, was]) => ({ before: was, after: this.#entries.get(key) }))
    return changed.filter(({ before: was, after }) => was !== after)
  }

  #put(record: RawRecord, before: Map<string, InstanceEntry | undefined>): void {
    const reading = this.#source.backend.read(record, this.#source.now())
    const spread = reading.is === 'instance' ? reading.spread : undefined
    const key = spread === undefined ? record.id : `\0${spread}`
    if (reading.is !== 'instance' || this.#keyOf(record.id) !== key) this.#take(record.id, before)
    if (reading.is !== 'instance') return
    note(before, key, this.#entries)
    if (spread !== undefined) this.#marks.set(record.id, key)
    const records = spread === undefined ? [record] : withRecord(this.#entries.get(key)?.records ?? [], record)
    const entry = records.length === 1 ? entryOf({ record, reading }) : readTogether(this.#source, records)
    if (entry) this.#entries.set(key, entry)
  }

  #take(id: string, before: Map<string, InstanceEntry | undefined>): void {
    const key = this.#keyOf(id)
    if (key === undefined) return
    note(before, key, this.#entries)
    this.#marks.delete(id)
    const rest = this.#entries.get(key)?.records.filter((record) => record.id !== id) ?? []
    const entry = readTogether(this.#source, rest)
    if (entry) this.#entries.set(key, entry)
    else this.#entries.delete(key)
  }

  #keyOf(recordId: string): string | undefined {
    return this.#marks.get(recordId) ?? (this.#entries.has(recordId) ? recordId : undefined)
  }
}

function note<T>(before: Map<string, T | undefined>, key: string, entries: ReadonlyMap<string, T>): void {
  if (!before.has(key)) before.set(key, entries.get(key))
}

/** The records of one instance in the registry's order, so that its endpoints come as in a fresh scan. */
function withRecord(records: readonly RawRecord[], record: RawRecord): RawRecord[] {
  const others = records.filter(({ id }) => id !== record.id)
  return [...others, record].toSorted((a, b) => Buffer.compare(unescapeKey(a.id), unescapeKey(b.id)))
}
