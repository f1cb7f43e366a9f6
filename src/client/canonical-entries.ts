import type { CountedEntry, CountedInstance, Entry, InstanceEntry } from '../model/reading.ts'
import type { CanonicalRecords } from '../model/record-table.ts'
import type { RawRecord } from '../model/record.ts'

/** Entries that were read together: decoded ones, or instances that are not, which are valid until the next part is asked for. */
export type EntryPart = readonly Entry[] | CanonicalEntries

/** Instances of one service, version and set of schemes. */
interface Kind {
  /** The first of them. */
  readonly at: number
  /** The number of its service among those of the records. */
  readonly service: number
  count: number
}

/**
 * Instances read together whose records are canonical: letter for letter what Kratos writes of plain words. None is decoded unless it is
 * asked for, so that much can be counted or copied fast. Valid until the next part of the read is asked for, since its memory is used again.
 */
export class CanonicalEntries {
  readonly records: CanonicalRecords
  private readonly read: (record: RawRecord) => InstanceEntry
  private known: readonly Kind[] | undefined
  /** An entry for each set of schemes, by its number. */
  private readonly models = new Map<number, InstanceEntry>()

  /** `read`: what a canonical record is as an entry. */
  constructor(records: CanonicalRecords, read: (record: RawRecord) => InstanceEntry) {
    this.records = records
    this.read = read
  }

  get length(): number {
    return this.records.end - this.records.from
  }

  /** The entry of a record by its index in the table. */
  entry(at: number): InstanceEntry {
    return this.read(this.records.record(at))
  }

  /** All of them, decoded. */
  all(): InstanceEntry[] {
    return Array.from({ length: this.length }, (_, place) => this.entry(this.records.from + place))
  }

  /** The first of them. */
  first(length: number): CanonicalEntries {
    const { records } = this
    return new CanonicalEntries(records.slice(records.from, Math.min(records.from + length, records.end)), this.read)
  }

  /**
   * Calls back with what is counted of each kind that there is, and the number of its kind, in all as many as there are entries.
   * Entries of one kind differ in nothing but id, metadata, lease, age, and where their endpoints are.
   */
  eachKind(take: (entry: CountedInstance, count: number) => void): void {
    this.known ??= kindsOf(this.records)
    for (const kind of this.known) take(this.counted(kind), kind.count)
  }

  /** In what is counted, canonical records differ by service, version and schemes alone, so that few have to be decoded. */
  private counted({ at }: Kind): CountedInstance {
    const { table, parts } = this.records
    const schemes = parts.schemes[at] ?? -1
    const model = this.models.get(schemes)
    if (!model || schemes === -1) {
      const entry = this.entry(at)
      this.models.set(schemes, entry)
      return entry
    }
    const { is, observed, records, instance } = model
    const version = table.bytes.toString('latin1', parts.versionStart[at], parts.versionEnd[at])
    return {
      is,
      service: nameAt(this.records, at),
      instance: { version, endpoints: instance.endpoints },
      observed,
      records,
    }
  }
}

/**
 * Calls back with the entries of a part and how many each stands for: of instances that are not decoded once for each service, version
 * and set of schemes, since in more they do not differ for who counts.
 */
export function eachKind(part: EntryPart, take: (entry: CountedEntry, count: number) => void): void {
  if (part instanceof CanonicalEntries) part.eachKind(take)
  else for (const entry of part) take(entry, 1)
}

/** The kinds among canonical records. One may be there more than once. */
function kindsOf(records: CanonicalRecords): Kind[] {
  const { table, parts } = records
  const kinds: Kind[] = []
  const byHash = new Map<number, Kind>()
  let service = 0
  for (let at = records.from; at < records.end; at++) {
    if (at > records.from && !isSameName(records, at - 1, at)) service++
    const seed = service ^ ((parts.schemes[at] ?? 0) << 20)
    const hash = hashOf(table.bytes, parts.versionStart[at] ?? 0, parts.versionEnd[at] ?? 0, seed)
    const kind = byHash.get(hash)
    if (kind?.service === service && isSameKind(records, kind.at, at)) kind.count++
    else {
      const other = { at, service, count: 1 }
      kinds.push(other)
      byHash.set(hash, other)
    }
  }
  return kinds
}

function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
  return hash
}

/** The service under which a canonical record is stored. */
export function nameAt({ table, parts }: CanonicalRecords, at: number): string {
  return table.bytes.toString('latin1', parts.nameStart[at], parts.nameEnd[at])
}

/** Whether two of them are of one service. */
export function isSameName(
  { table, parts: { nameStart, nameEnd } }: CanonicalRecords,
  one: number,
  other: number,
): boolean {
  return isSame(table.bytes, [nameStart[one] ?? 0, nameEnd[one] ?? 0], [nameStart[other] ?? 0, nameEnd[other] ?? 0])
}

function isSameKind({ table, parts }: CanonicalRecords, one: number, other: number): boolean {
  const { versionStart, versionEnd, schemes } = parts
  if (schemes[one] !== schemes[other] || schemes[one] === -1) return false
  return isSame(
    table.bytes,
    [versionStart[one] ?? 0, versionEnd[one] ?? 0],
    [versionStart[other] ?? 0, versionEnd[other] ?? 0],
  )
}

type Place = readonly [start: number, end: number]

function isSame(bytes: Uint8Array, [start, end]: Place, [otherStart, otherEnd]: Place): boolean {
  if (end - start !== otherEnd - otherStart) return false
  for (let at = start; at < end; at++) if (bytes[at] !== bytes[otherStart + at - start]) return false
  return true
}
