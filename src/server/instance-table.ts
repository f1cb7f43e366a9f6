import type { InstanceEntry } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'

/** Instances by service and by id, in a fixed order. */
export class InstanceTable {
  readonly #services = new Map<string, Map<string, InstanceEntry>>()
  readonly #ids = new Map<string, InstanceEntry[]>()
  readonly #records = new Map<string, RawRecord>()
  /** Each service's instances in order, until it changes. */
  readonly #sorted = new Map<string, readonly InstanceEntry[]>()

  put(entry: InstanceEntry): void {
    this.remove(entry)
    const instances = this.#services.get(entry.service) ?? new Map<string, InstanceEntry>()
    this.#services.set(entry.service, instances.set(keyOf(entry), entry))
    this.#ids.set(entry.instance.id, [...this.withId(entry.instance.id), entry])
    for (const record of entry.records) this.#records.set(record.id, record)
    this.#sorted.delete(entry.service)
  }

  /** Its records can have become others. */
  replace(before: InstanceEntry, after: InstanceEntry): void {
    this.remove(before)
    this.put(after)
  }

  remove(entry: InstanceEntry): void {
    const there = this.twin(entry)
    if (!there) return
    const { id } = there.instance
    const others = this.withId(id).filter((each) => each !== there)
    if (others.length > 0) this.#ids.set(id, others)
    else this.#ids.delete(id)
    for (const record of there.records) this.#records.delete(record.id)
    const instances = this.#services.get(entry.service)
    instances?.delete(keyOf(entry))
    if (instances?.size === 0) this.#services.delete(entry.service)
    this.#sorted.delete(entry.service)
  }

  /** What is here of the same instance in the same place. */
  twin(entry: InstanceEntry): InstanceEntry | undefined {
    return this.#services.get(entry.service)?.get(keyOf(entry))
  }

  /** Of any service; two are an id that means two things. */
  withId(id: string): readonly InstanceEntry[] {
    return this.#ids.get(id) ?? []
  }

  /** What is stored under an id of its own, as a part of an instance. */
  record(id: string): RawRecord | undefined {
    return this.#records.get(id)
  }

  services(): string[] {
    return [...this.#services.keys()].toSorted()
  }

  of(service: string): readonly InstanceEntry[] {
    const known = this.#sorted.get(service)
    if (known) return known
    const sorted = [...(this.#services.get(service)?.values() ?? [])].toSorted(byId)
    if (sorted.length > 0) this.#sorted.set(service, sorted)
    return sorted
  }

  *all(): Generator<InstanceEntry, void, undefined> {
    for (const service of this.services()) yield* this.of(service)
  }
}

function keyOf({ records }: InstanceEntry): string {
  return records.map(({ id }) => id).join('\n')
}

function byId(a: InstanceEntry, b: InstanceEntry): number {
  return a.instance.id < b.instance.id ? -1 : Number(a.instance.id > b.instance.id)
}
