import { advice } from '../../model/wording.ts'
import { byServiceName } from '../../backends/contract/service-order.ts'
import { CanonicalEntries, isSameName, nameAt } from '../canonical-entries.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'

/** Instances read together; those of canonical records are valid until the next ones are asked for. */
export type SidePart = readonly InstanceEntry[] | CanonicalEntries

/** A side as it is read: the instances in the order of services that keys in a key-value store have, those of one service together. */
export interface Stream {
  /** For messages. */
  readonly name: string
  readonly batches: AsyncIterable<SidePart>
}

/** Canonical records of one service, from the index `at` up to `end`. */
export interface CanonicalSpan {
  readonly entries: CanonicalEntries
  readonly at: number
  readonly end: number
}

/** A place in a side. */
export class Cursor {
  readonly #name: string
  readonly #batches: AsyncIterator<SidePart>
  #part: SidePart = []
  #at = 0
  /** Up to where the part is of `#service`. */
  #end = 0
  #service: string | undefined
  #last: string | undefined

  constructor({ name, batches }: Stream) {
    this.#name = name
    this.#batches = batches[Symbol.asyncIterator]()
  }

  /** The service of the next instance, once filled; undefined at the end. */
  get service(): string | undefined {
    if (this.#at >= this.#end) this.#look()
    return this.#service
  }

  /** Reads on where nothing is left of what was read. */
  async fill(): Promise<void> {
    while (this.#at === this.#part.length) {
      const next = await this.#batches.next()
      if (next.done) return
      this.#part = next.value
      this.#at = 0
      this.#end = 0
    }
  }

  /** How many instances of a service were read and come next. */
  count(service: string): number {
    return this.service === service ? this.#end - this.#at : 0
  }

  /** The instances of a service that were read and come next, or the first of them. */
  take(service: string, most: number): readonly InstanceEntry[] {
    const count = Math.min(this.count(service), most)
    if (count === 0) return []
    this.#begin(service)
    const from = this.#at
    this.#at += count
    const part = this.#part
    if (!(part instanceof CanonicalEntries)) return part.slice(from, this.#at)
    const first = part.records.from + from
    return Array.from({ length: count }, (_, place) => part.entry(first + place))
  }

  /** The same, undecoded; undefined where some of them are not canonical, or none is left. They are valid until the next are read. */
  canonical(service: string): CanonicalSpan | undefined {
    const part = this.#part
    if (this.service !== service || !(part instanceof CanonicalEntries)) return undefined
    const { from } = part.records
    return { entries: part, at: from + this.#at, end: from + this.#end }
  }

  /** Goes on behind some of them, which were taken from `canonical`. */
  pass(service: string, count: number): void {
    this.#begin(service)
    this.#at += count
  }

  #begin(service: string): void {
    if (this.#last !== undefined && this.#last !== service && byServiceName(this.#last, service) > 0)
      throw this.#unordered()
    this.#last = service
  }

  #look(): void {
    const part = this.#part
    this.#end = this.#at
    this.#service = undefined
    if (this.#at === part.length) return
    if (part instanceof CanonicalEntries) {
      const { records } = part
      const first = records.from + this.#at
      this.#service = nameAt(records, first)
      let end = first + 1
      while (end < records.end && isSameName(records, first, end)) end++
      this.#end = end - records.from
    } else {
      const service = part[this.#at]?.service
      this.#service = service
      while (this.#end < part.length && part[this.#end]?.service === service) this.#end++
    }
  }

  /** Never in a registry that this program reads itself; a server between may be anything. */
  #unordered(): RollcallError {
    return new RollcallError('unsupported', `${this.#name} does not list its services in order`, {
      hint: advice('exportFirst'),
    })
  }

  async close(): Promise<void> {
    await this.#batches.return?.()
  }
}
