import { type RollcallError, isForbidden } from '../../model/errors.ts'
import { escapeKey } from '../../model/key.ts'
import type { ScanOptions } from '../contract/backend.ts'
import type { CanonicalProof } from '../../layouts/canonical.ts'
import { proofUnder } from './canonical.ts'
import type { KvContext } from './context.ts'
import type { Prefix } from './prefix.ts'
import { type FirstPage, type KeyRange, type StorePage, covering, overlap, rangeText } from './store.ts'

/** A range that will be read. */
export interface PlannedRange {
  readonly range: KeyRange
  /** Nobody named it: that it cannot be read is not reported. */
  readonly isUnasked: boolean
}

/** The store at one revision, read range by range, with a list of the parts that this user has no permission to read. */
export class Snapshot {
  readonly #kv: KvContext
  readonly #signal: AbortSignal | undefined
  readonly #asOf: string | undefined
  /** Whether canonical records may come as they lie in memory. */
  readonly #canonical: boolean
  /** Whether nodes that are no records are wanted, too. */
  readonly structure: boolean
  readonly #unreadable: string[] = []
  #refusal: unknown
  /** First pages that are here already. */
  #begun: ReadonlyMap<KeyRange, FirstPage | undefined> = new Map()
  /** Ranges of a store without first pages of several, whose reading has begun. */
  readonly #reading = new Map<KeyRange, Reading>()
  /** What this user can read of the places that nobody named; known once reading them with the others was refused. */
  #open: readonly KeyRange[] | undefined
  /** Known after the first page. */
  #reached: string | undefined

  constructor(kv: KvContext, { revision, signal, canonical = false, detail = false, structure = false }: ScanOptions) {
    this.#kv = kv
    this.#asOf = revision
    this.#canonical = canonical && !detail
    this.structure = structure
    this.#signal = signal
  }

  /**
   * The revision at which all pages are read; undefined before the first page, and in a store without an order of
   * changes.
   */
  get revision(): string | undefined {
    return this.#kv.store.unordered ? undefined : this.#reached
  }

  /** Describes the unreadable parts met so far; undefined when there are none. */
  get unreadable(): string | undefined {
    return this.#unreadable.length > 0 ? this.#unreadable.join('; ') : undefined
  }

  /** Proves which records under this prefix are canonical; undefined where each record is to be decoded. */
  proofUnder(prefix: Prefix): CanonicalProof | undefined {
    return this.#canonical ? proofUnder(this.#kv, prefix) : undefined
  }

  /** Throws the registry's `forbidden` error when nothing at all could be read. */
  check(): void {
    if (this.#reached === undefined && this.#refusal !== undefined) throw this.#refusal
  }

  /**
   * Reads the first pages of these ranges together, where the store can; then they need no further request. Where that is
   * refused, those that nobody named are left aside, and what of them this user can read at all is asked once. In a store
   * without revisions the reading of all begins at once.
   */
  async begin(planned: readonly PlannedRange[]): Promise<void> {
    const { store } = this.#kv
    if (store.unordered && !store.firstPages) {
      for (const { range } of planned) this.#reading.set(range, readingOf(store.scan(range, this.#options)))
      return
    }
    const wanted = planned.filter(({ range, isUnasked }) => !isUnasked || this.#isOpen(range))
    let ranges = wanted.map(({ range }) => range)
    const options = { ...this.#options, tables: this.#canonical }
    let pages = await store.firstPages?.(ranges, options)
    if (store.firstPages && !pages && this.#open === undefined && wanted.some(({ isUnasked }) => isUnasked)) {
      ranges = wanted.filter(({ isUnasked }) => !isUnasked).map(({ range }) => range)
      const [again, open] = await Promise.all([store.firstPages(ranges, options), this.#openNow()])
      pages = again
      this.#open = open
    }
    this.#begun = new Map(ranges.map((range, at) => [range, pages?.[at]]))
  }

  async #openNow(): Promise<readonly KeyRange[]> {
    const unasked = this.#kv.prefixes.filter(({ isUnasked }) => isUnasked).map(({ range }) => range)
    return (await this.#kv.store.readable?.(covering(unasked), { signal: this.#signal })) ?? []
  }

  #isOpen(range: KeyRange): boolean {
    return this.#open === undefined || this.#open.some((part) => overlap(part, range))
  }

  /** The pages of a range, or of its readable parts when reading all of it is refused. Of an unasked one nothing is reported where none is readable. */
  async *pages(range: KeyRange, isUnasked = false, tables = false): AsyncGenerator<StorePage> {
    if (isUnasked && !this.#isOpen(range)) return
    const refusal = yield* this.#permitted(range, tables, isUnasked)
    if (!refusal) return
    const parts = (await this.#kv.store.readable?.(range, { signal: this.#signal })) ?? []
    if (!isUnasked || parts.length > 0) this.#hide(range, parts, refusal)
    for (const part of parts) yield* this.#read(part, tables, isUnasked)
  }

  /** The pages of a range; nothing, and no entry among the unreadable parts, when reading it is refused. */
  async *pagesIfPermitted(range: KeyRange, isUnasked = false): AsyncGenerator<StorePage> {
    if (!isUnasked || this.#isOpen(range)) yield* this.#permitted(range, false, isUnasked)
  }

  async *#permitted(
    range: KeyRange,
    tables: boolean,
    isUnasked: boolean,
  ): AsyncGenerator<StorePage, RollcallError | undefined> {
    try {
      yield* this.#read(range, tables, isUnasked)
      return undefined
    } catch (error) {
      if (isForbidden(error)) return error
      throw error
    }
  }

  async *#read(range: KeyRange, tables: boolean, isUnasked: boolean): AsyncGenerator<StorePage> {
    for await (const page of this.#pagesOf(range, tables)) {
      this.#reached ??= page.revision
      const hidden = (page.unreadable ?? []).filter((key) => !isUnasked || Buffer.compare(key, range.start) !== 0)
      if (hidden.length > 0) this.#unreadable.push(`no permission to read ${listed(hidden)}`)
      yield page
    }
  }

  async *#pagesOf(range: KeyRange, tables: boolean): AsyncGenerator<StorePage> {
    const reading = this.#reading.get(range)
    if (reading) {
      this.#reading.delete(range)
      const { value, done } = await reading.first
      if (!done) yield value
      yield* reading.rest
      return
    }
    const first = this.#begun.get(range)
    if (first) yield first
    const rest = first ? first.rest : range
    if (rest) yield* this.#kv.store.scan(rest, { ...this.#options, tables })
  }

  /** All pages have the revision of the first one. */
  get #options(): ScanOptions {
    return { revision: this.revision ?? this.#asOf, signal: this.#signal }
  }

  #hide(range: KeyRange, parts: readonly KeyRange[], refusal: RollcallError): void {
    this.#refusal = refusal
    const all = rangeText(range)
    const seen = parts.map(rangeText).join(', ')
    this.#unreadable.push(
      parts.length > 0 ? `no permission to read ${all} except ${seen}` : `no permission to read ${all}`,
    )
  }
}

/** The pages of a range, of which the first has been asked for. */
interface Reading {
  readonly first: Promise<IteratorResult<StorePage>>
  readonly rest: AsyncIterable<StorePage>
}

/** A failure reaches whoever takes the first page. */
function readingOf(pages: AsyncIterable<StorePage>): Reading {
  const iterator = pages[Symbol.asyncIterator]()
  const first = iterator.next()
  first.catch(() => {})
  return { first, rest: { [Symbol.asyncIterator]: () => iterator } }
}

/** The first few keys, as text. */
function listed(keys: readonly Uint8Array[]): string {
  const SHOWN = 5
  const shown = keys.slice(0, SHOWN).map(escapeKey).join(', ')
  return keys.length > SHOWN ? `${shown} and ${keys.length - SHOWN} more` : shown
}
