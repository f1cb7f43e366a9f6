import type { RecordChange } from '../../backends/contract/backend.ts'
import { unescapeKey } from '../../model/key.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { entryOf, readTogether } from '../merge.ts'
import type { Source } from '../source.ts'

/** An instance as it was and as it is; one of them is missing where it came or went. */
export interface EntryChange {
  readonly before?: InstanceEntry
  readonly after?: InstanceEntry
}

/** What a snapshot reads with; `onMalformed` is called for a record that no client can use, whenever one is read. */
interface Reader extends Pick<Source, 'backend' | 'now'> {
  readonly onMalformed?: ((entry: MalformedEntry) => void) | undefined
}

/** The instances of a scope as they were last seen, held service by service. Malformed records are no instances. */
export class InstanceSnapshot {
  readonly #source: Reader
  readonly #services = new Map<string, ServiceSnapshot>()
  /** No later than the time (milliseconds since 1970) at which a status changes by itself. */
  #dueAt = Infinity

  constructor(source: Reader) {
    this.#source = source
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /**
   * Takes records of one service in a first reading, which go on where the last ones ended. Returns the instances that
   * are whole: from the first part of one on none are, for what comes after it may complete it, and keeps its order.
   */
  fill(records: readonly RawRecord[]): InstanceEntry[] {
    const service = records[0]?.service ?? ''
    const snapshot = this.#services.get(service) ?? new ServiceSnapshot(this.#source)
    const entries = snapshot.fill(records)
    if (!snapshot.isEmpty) this.#services.set(service, snapshot)
    for (const { until } of entries) this.#wake(until)
    return entries
  }

  /** The instances of a service that `fill` kept back, now that all its records are there. */
  filled(service: string): InstanceEntry[] {
    const entries = this.#services.get(service)?.filled() ?? []
    for (const { until } of entries) this.#wake(until)
    return entries
  }

  /** Takes what changed together, so that an instance of several records changes once. */
  apply(changes: readonly RecordChange[]): EntryChange[] {
    const [first] = changes
    if (first && changes.length === 1) return this.#change(serviceOf(first), changes)
    const byService = new Map<string, RecordChange[]>()
    for (const change of changes) {
      const service = serviceOf(change)
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

function serviceOf(change: RecordChange): string {
  return ('put' in change ? change.put : change.removed).service
}

/** An instance, or the record that is one and can be read again: it takes a quarter of the memory. */
type Held = InstanceEntry | RawRecord

/** The instances of one service. A record alone is known by its id, parts of one instance by their common mark. */
class ServiceSnapshot {
  readonly #source: Reader
  readonly #entries = new Map<string, Held>()
  /** What a first reading has not passed on yet. */
  readonly #keptBack = new Set<string>()
  /** The mark of each record that is a part. */
  readonly #marks = new Map<string, string>()

  constructor(source: Reader) {
    this.#source = source
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  *recordIds(): Generator<string, void, undefined> {
    for (const held of this.#entries.values()) {
      if ('records' in held) for (const { id } of held.records) yield id
      else yield held.id
    }
  }

  /** Those that time alone may change. */
  *entries(): Generator<InstanceEntry, void, undefined> {
    for (const held of this.#entries.values()) if ('records' in held) yield held
  }

  fill(records: readonly RawRecord[]): InstanceEntry[] {
    const before = new Map<string, Held | undefined>()
    const entries: InstanceEntry[] = []
    for (const record of records) {
      const entry = this.#put(record, before)
      if (entry) entries.push(entry)
    }
    if (this.#marks.size === 0) return entries
    for (const key of before.keys()) this.#keptBack.add(key)
    return []
  }

  filled(): InstanceEntry[] {
    const entries = [...this.#keptBack].flatMap((key) => this.#entryAt(key) ?? [])
    this.#keptBack.clear()
    return entries
  }

  /** The changes of instances, one for each instance however many of its records changed. */
  apply(changes: readonly RecordChange[]): EntryChange[] {
    const before = new Map<string, Held | undefined>()
    let after: InstanceEntry | undefined
    for (const change of changes) {
      if ('put' in change) after = this.#put(change.put, before)
      else {
        this.#take(change.removed.id, before)
        after = undefined
      }
    }
    const changed: EntryChange[] = []
    for (const [key, was] of before) {
      if (was === this.#entries.get(key)) continue
      const is = before.size === 1 && after ? after : this.#entryAt(key)
      changed.push({ before: was && this.#entryOf(was), after: is })
    }
    return changed
  }

  /** Returns the instance that the record now is, alone or with others. */
  #put(record: RawRecord, before: Map<string, Held | undefined>): InstanceEntry | undefined {
    const reading = this.#source.backend.read(record, this.#source.now())
    if (reading.is === 'malformed') {
      this.#source.onMalformed?.({ is: 'malformed', service: record.service, problem: reading.problem, record })
    }
    const groupKey = reading.is === 'instance' ? reading.groupKey : undefined
    const key = groupKey === undefined ? record.id : `\0${groupKey}`
    if (reading.is !== 'instance' || this.#keyOf(record.id) !== key) this.#take(record.id, before)
    if (reading.is !== 'instance') return undefined
    note(before, key, this.#entries)
    if (groupKey !== undefined) this.#marks.set(record.id, key)
    const records = groupKey === undefined ? [record] : withRecord(this.#recordsAt(key), record)
    const entry = records.length === 1 ? entryOf({ record, reading }) : readTogether(this.#source, records)
    if (entry) this.#entries.set(key, groupKey === undefined && isReadAlike(record, entry) ? record : entry)
    return entry
  }

  #take(id: string, before: Map<string, Held | undefined>): void {
    const key = this.#keyOf(id)
    if (key === undefined) return
    note(before, key, this.#entries)
    this.#marks.delete(id)
    const rest = this.#recordsAt(key).filter((record) => record.id !== id)
    const entry = readTogether(this.#source, rest)
    if (entry) this.#entries.set(key, entry)
    else this.#entries.delete(key)
  }

  #recordsAt(key: string): readonly RawRecord[] {
    const held = this.#entries.get(key)
    return held === undefined ? [] : 'records' in held ? held.records : [held]
  }

  #entryAt(key: string): InstanceEntry | undefined {
    const held = this.#entries.get(key)
    return held && this.#entryOf(held)
  }

  #entryOf(held: Held): InstanceEntry | undefined {
    return 'records' in held ? held : readTogether(this.#source, [held])
  }

  #keyOf(recordId: string): string | undefined {
    return this.#marks.get(recordId) ?? (this.#entries.has(recordId) ? recordId : undefined)
  }
}

function note<T>(before: Map<string, T | undefined>, key: string, entries: ReadonlyMap<string, T>): void {
  if (!before.has(key)) before.set(key, entries.get(key))
}

/** Whether reading the record again, at any time, gives the same instance: its bytes say all, and time changes nothing. */
function isReadAlike({ body }: RawRecord, { until }: InstanceEntry): boolean {
  return body instanceof Uint8Array && until === undefined
}

/** The records of one instance in the registry's order, so that its endpoints come as in a fresh scan. */
function withRecord(records: readonly RawRecord[], record: RawRecord): RawRecord[] {
  const others = records.filter(({ id }) => id !== record.id)
  return [...others, record].toSorted((a, b) => Buffer.compare(unescapeKey(a.id), unescapeKey(b.id)))
}
