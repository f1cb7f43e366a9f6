import type { RecordChange } from '../../backends/contract/backend.ts'
import { isDeepStrictEqual } from 'node:util'
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

/** A record that no client can use: it is there, or no longer is one. */
export interface MalformedChange {
  readonly malformed: MalformedEntry
  readonly gone?: true
}

export type SnapshotChange = EntryChange | MalformedChange

/** What a snapshot reads with. */
export interface Reader extends Pick<Source, 'backend' | 'now'> {
  /** Records that no client can use are held and reported, too. */
  readonly malformed?: boolean
}

/** An instance, or the record that is one and can be read again: it takes a quarter of the memory; or the parts of one. */
type Held = InstanceEntry | RawRecord | Parts

/** The records of one instance, by id, which are read together when the instance is asked for. */
class Parts {
  readonly byId: Map<string, RawRecord>
  #entry: InstanceEntry | undefined

  constructor(byId: ReadonlyMap<string, RawRecord>) {
    this.byId = new Map(byId)
  }

  entry(source: Reader): InstanceEntry | undefined {
    this.#entry ??= readTogether(source, inKeyOrder([...this.byId.values()]))
    return this.#entry
  }
}

/** The instances of one service. A record alone is known by its id, parts of one instance by their common mark. */
export class WatchedService {
  readonly #source: Reader
  readonly #entries = new Map<string, Held>()
  /** What a first reading has not passed on yet. */
  readonly #keptBack = new Set<string>()
  /** The mark of each record that is a part. */
  readonly #marks = new Map<string, string>()
  readonly #malformed = new Map<string, MalformedEntry>()

  constructor(source: Reader) {
    this.#source = source
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#malformed.size === 0
  }

  *recordIds(): Generator<string, void, undefined> {
    yield* this.#malformed.keys()
    for (const held of this.#entries.values()) {
      if (held instanceof Parts) yield* held.byId.keys()
      else if ('records' in held) for (const { id } of held.records) yield id
      else yield held.id
    }
  }

  /** Those that time alone may change. */
  *entries(): Generator<InstanceEntry, void, undefined> {
    for (const held of this.#entries.values()) {
      const entry = held instanceof Parts || 'records' in held ? this.#entryOf(held) : undefined
      if (entry) yield entry
    }
  }

  fill(records: readonly RawRecord[]): (InstanceEntry | MalformedEntry)[] {
    const before = new Map<string, Held | undefined>()
    const wasMalformed = new Map<string, MalformedEntry | undefined>()
    const entries: (InstanceEntry | MalformedEntry)[] = []
    for (const record of records) {
      const entry = this.#put(record, before, wasMalformed) ?? this.#malformed.get(record.id)
      if (entry) entries.push(entry)
    }
    if (this.#marks.size === 0) return entries
    for (const key of before.keys()) this.#keptBack.add(key)
    return entries.filter(({ is }) => is === 'malformed')
  }

  filled(): InstanceEntry[] {
    const entries = [...this.#keptBack].flatMap((key) => this.#entryAt(key) ?? [])
    this.#keptBack.clear()
    return entries
  }

  /** What changed, one change for each instance however many of its records did. That a record can be used now comes before what it is. */
  apply(changes: readonly RecordChange[]): SnapshotChange[] {
    const before = new Map<string, Held | undefined>()
    const wasMalformed = new Map<string, MalformedEntry | undefined>()
    let after: InstanceEntry | undefined
    for (const change of changes) {
      if ('put' in change) after = this.#put(change.put, before, wasMalformed)
      else {
        this.#take(change.removed.id, before)
        this.#takeMalformed(change.removed.id, wasMalformed)
        after = undefined
      }
    }
    const changed: EntryChange[] = []
    for (const [key, was] of before) {
      if (was === this.#entries.get(key)) continue
      const is = before.size === 1 && after ? after : this.#entryAt(key)
      changed.push({ before: was && this.#entryOf(was), after: is })
    }
    if (wasMalformed.size === 0) return changed
    const malformed = [...wasMalformed].flatMap(([id, was]) => malformedChange(was, this.#malformed.get(id)) ?? [])
    return [...malformed.filter(({ gone }) => gone), ...changed, ...malformed.filter(({ gone }) => !gone)]
  }

  /** Returns the instance that the record now is, alone or with others. */
  #put(
    record: RawRecord,
    before: Map<string, Held | undefined>,
    wasMalformed: Map<string, MalformedEntry | undefined>,
  ): InstanceEntry | undefined {
    const reading = this.#source.backend.read(record, this.#source.now())
    if (reading.is !== 'malformed') this.#takeMalformed(record.id, wasMalformed)
    else if (this.#source.malformed) {
      note(wasMalformed, record.id, this.#malformed)
      this.#malformed.set(record.id, { is: 'malformed', service: record.service, problem: reading.problem, record })
    }
    const groupKey = reading.is === 'instance' ? reading.groupKey : undefined
    const key = groupKey === undefined ? record.id : `\0${groupKey}`
    if (reading.is !== 'instance' || this.#keyOf(record.id) !== key) this.#take(record.id, before)
    if (reading.is !== 'instance') return undefined
    note(before, key, this.#entries)
    if (groupKey !== undefined) {
      this.#marks.set(record.id, key)
      this.#partsAt(key, before).byId.set(record.id, record)
      return undefined
    }
    const entry = entryOf({ record, reading })
    this.#entries.set(key, isReadAlike(record, entry) ? record : entry)
    return entry
  }

  /** Costs nothing where the record was none, as next to all are. */
  #takeMalformed(id: string, wasMalformed: Map<string, MalformedEntry | undefined>): void {
    if (!this.#malformed.has(id)) return
    note(wasMalformed, id, this.#malformed)
    this.#malformed.delete(id)
  }

  #take(id: string, before: Map<string, Held | undefined>): void {
    const key = this.#keyOf(id)
    if (key === undefined) return
    note(before, key, this.#entries)
    if (this.#marks.delete(id)) {
      const { byId } = this.#partsAt(key, before)
      byId.delete(id)
      if (byId.size > 0) return
    }
    this.#entries.delete(key)
  }

  /** The parts of an instance, which may be changed: as they were `before`, they stay. */
  #partsAt(key: string, before: ReadonlyMap<string, Held | undefined>): Parts {
    const held = this.#entries.get(key)
    if (held instanceof Parts && before.get(key) !== held) return held
    const parts = new Parts(held instanceof Parts ? held.byId : new Map())
    this.#entries.set(key, parts)
    return parts
  }

  #entryAt(key: string): InstanceEntry | undefined {
    const held = this.#entries.get(key)
    return held && this.#entryOf(held)
  }

  #entryOf(held: Held): InstanceEntry | undefined {
    if (held instanceof Parts) return held.entry(this.#source)
    return 'records' in held ? held : readTogether(this.#source, [held])
  }

  #keyOf(recordId: string): string | undefined {
    return this.#marks.get(recordId) ?? (this.#entries.has(recordId) ? recordId : undefined)
  }
}

/** A record that is written again with the same fault has not changed. */
function malformedChange(was: MalformedEntry | undefined, is: MalformedEntry | undefined): MalformedChange | undefined {
  if (!is) return was && { malformed: was, gone: true }
  const isSame = isDeepStrictEqual(was?.problem, is.problem) && was?.record.lease === is.record.lease
  return isSame ? undefined : { malformed: is }
}

function note<T>(before: Map<string, T | undefined>, key: string, entries: ReadonlyMap<string, T>): void {
  if (!before.has(key)) before.set(key, entries.get(key))
}

/** Whether reading the record again, at any time, gives the same instance: its bytes say all, and time changes nothing. */
function isReadAlike({ body }: RawRecord, { until }: InstanceEntry): boolean {
  return body instanceof Uint8Array && until === undefined
}

/** The records of one instance in the registry's order, so that its endpoints come as in a fresh scan. */
function inKeyOrder(records: readonly RawRecord[]): RawRecord[] {
  if (records.length < 2) return [...records]
  const keyed = records.map((record) => ({ record, key: unescapeKey(record.id) }))
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ record }) => record)
}
