import { compareServices } from '../contract/service-order.ts'
import { SYSTEMS } from '../../layouts/index.ts'
import { type RollcallError, isForbidden } from '../../model/errors.ts'
import { escapeKey, unescapeKey } from '../../model/key.ts'
import type { ScanOptions, Page, Scope } from '../contract/backend.ts'
import { type FirstPage, type KeyRange, type KvRecord, type StorePage, exactly, inside, rangeText } from './store.ts'
import { type KvContext, prefixesOf } from './context.ts'
import type { RawRecord } from '../../model/record.ts'
import { Folders, located } from './folders.ts'
import { gathered, merged } from './order.ts'
import { nameOf, prefixOf, type LocatedRecord, type Prefix } from './prefix.ts'
import { isStructure } from './record.ts'
import { withAddresses, withLeaseStates } from './leases.ts'

/**
 * The records of a scope as pages, at least one, in the order of services. Throws `forbidden` when nothing at all can be
 * read.
 */
export async function* scan(kv: KvContext, scope: Scope, options: ScanOptions = {}): AsyncGenerator<Page> {
  const snapshot = new Snapshot(kv, options)
  const addresses = options.detail ? await kv.store.sessionAddresses?.({ signal: options.signal }) : undefined
  const folders = new Folders(kv, options.signal)
  let last: Page | undefined
  for await (const found of chosen(kv, scope, snapshot)) {
    if (found.length === 0) continue
    const all = inScope(kv, scope, await located(kv, found, folders))
    const records = options.structure ? all : all.filter((record) => !isStructure(kv, record))
    if (records.length === 0) continue
    if (addresses) last = pageOf(snapshot, withAddresses(records, addresses))
    else last = pageOf(snapshot, options.detail ? await withLeaseStates(kv.store, records, options.signal) : records)
    yield last
  }
  snapshot.check()
  // The unreadable part may come after the last record.
  const skipped = scope.rawKey === undefined ? await skippedSystems(kv, options.signal) : []
  if (!last || last.partial !== snapshot.partial || skipped.length > 0)
    yield { ...pageOf(snapshot, []), ...(skipped.length > 0 && { skipped }) }
}

/** Filters by service: a scan of the root reads everything, also for a few services. */
function inScope(kv: KvContext, { services, rawKey }: Scope, records: readonly RawRecord[]): readonly RawRecord[] {
  if (!services || rawKey !== undefined || !kv.prefixes.some(({ isRoot }) => isRoot)) return records
  const names = new Set(services)
  return records.filter(({ service }) => names.has(service))
}

/** The other systems in the store that a scan of the root leaves out. */
async function skippedSystems(kv: KvContext, signal?: AbortSignal): Promise<string[]> {
  if (!kv.prefixes.some(({ isRoot }) => isRoot)) return []
  const there = [...SYSTEMS].map(async ([segment, system]) => {
    const root = Buffer.from(`/${segment}`)
    const counts = [exactly(root), inside(root)].map((range) => kv.store.count(range, { limit: 1, signal }))
    const some = await Promise.all(counts).catch((error: unknown) => {
      if (isForbidden(error)) return []
      throw error
    })
    return some.some((count) => count > 0) ? [`/${segment} (${system})`] : []
  })
  return (await Promise.all(there)).flat()
}

function pageOf({ revision, partial }: Snapshot, records: readonly RawRecord[]): Page {
  return { records, revision, partial }
}

function chosen(kv: KvContext, scope: Scope, snapshot: Snapshot): AsyncIterable<readonly LocatedRecord[]> {
  if (scope.rawKey !== undefined) return one(kv, unescapeKey(scope.rawKey), snapshot)
  const prefixes = prefixesOf(kv, scope)
  const isRoot = prefixes.some((prefix) => prefix.isRoot)
  if (scope.services && !isRoot) return named(prefixes, scope.services, snapshot)
  return merged(prefixes.map((prefix) => gathered(under(prefix, snapshot))))
}

async function* under(prefix: Prefix, snapshot: Snapshot): AsyncGenerator<readonly LocatedRecord[]> {
  for (const range of prefix.ranges) yield* foundIn(prefix, snapshot.pages(range))
}

function one(kv: KvContext, key: Uint8Array, snapshot: Snapshot): AsyncIterable<readonly LocatedRecord[]> {
  return foundIn(prefixOf(key, kv.prefixes), snapshot.pages(exactly(key)))
}

async function* named(
  prefixes: readonly Prefix[],
  services: readonly string[],
  snapshot: Snapshot,
): AsyncGenerator<readonly LocatedRecord[]> {
  const names = [...new Set(services)].filter((service) => !service.includes('/'))
  names.sort((a, b) => compareServices(nameOf(a), nameOf(b)))
  for (const name of names) {
    const places = prefixes.map((prefix) => placeOf(prefix, name))
    await snapshot.begin(places.flatMap(({ itself, below }) => [itself, below]))
    for (const { prefix, itself, below } of places) {
      yield* foundIn(prefix, snapshot.pagesIfPermitted(itself))
      yield* foundIn(prefix, snapshot.pages(below))
    }
  }
}

/** Where a service lies below a prefix: the key that is its folder's own, and the keys in the folder. */
function placeOf(prefix: Prefix, name: string): { prefix: Prefix; itself: KeyRange; below: KeyRange } {
  const folder = prefix.folder(name)
  return { prefix, itself: exactly(folder), below: inside(folder) }
}

async function* foundIn(
  prefix: Prefix,
  pages: AsyncIterable<readonly KvRecord[]>,
): AsyncGenerator<readonly LocatedRecord[]> {
  for await (const page of pages) yield page.map((record) => prefix.locate(record))
}

/** The store at one revision, read range by range, with a list of the parts that this user has no permission to read. */
export class Snapshot {
  readonly #kv: KvContext
  readonly #signal: AbortSignal | undefined
  readonly #asOf: string | undefined
  readonly #unreadable: string[] = []
  #refusal: unknown
  /** First pages that are here already. */
  #begun: ReadonlyMap<KeyRange, FirstPage | undefined> = new Map()
  /** Known after the first page. */
  #reached: string | undefined

  constructor(kv: KvContext, { revision, signal }: ScanOptions) {
    this.#kv = kv
    this.#asOf = revision
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
  get partial(): string | undefined {
    return this.#unreadable.length > 0 ? this.#unreadable.join('; ') : undefined
  }

  /** Throws the registry's `forbidden` error when nothing at all could be read. */
  check(): void {
    if (this.#reached === undefined && this.#refusal !== undefined) throw this.#refusal
  }

  /** Reads the first pages of these ranges together, where the store can; then they need no further request. */
  async begin(ranges: readonly KeyRange[]): Promise<void> {
    const pages = await this.#kv.store.firstPages?.(ranges, this.#options)
    this.#begun = new Map(ranges.map((range, at) => [range, pages?.[at]]))
  }

  /** The pages of a range, or of its readable parts when reading all of it is refused. */
  async *pages(range: KeyRange): AsyncGenerator<readonly KvRecord[]> {
    const refusal = yield* this.#permitted(range)
    if (!refusal) return
    const parts = (await this.#kv.store.readable?.(range, { signal: this.#signal })) ?? []
    this.#hide(range, parts, refusal)
    for (const part of parts) yield* this.#read(part)
  }

  /** The pages of a range; nothing, and no entry among the unreadable parts, when reading it is refused. */
  async *pagesIfPermitted(range: KeyRange): AsyncGenerator<readonly KvRecord[]> {
    yield* this.#permitted(range)
  }

  async *#permitted(range: KeyRange): AsyncGenerator<readonly KvRecord[], RollcallError | undefined> {
    try {
      yield* this.#read(range)
      return undefined
    } catch (error) {
      if (isForbidden(error)) return error
      throw error
    }
  }

  async *#read(range: KeyRange): AsyncGenerator<readonly KvRecord[]> {
    for await (const page of this.#pagesOf(range)) {
      this.#reached ??= page.revision
      if (page.unreadable?.length) this.#unreadable.push(`no permission to read ${listed(page.unreadable)}`)
      yield page.records
    }
  }

  async *#pagesOf(range: KeyRange): AsyncGenerator<StorePage> {
    const first = this.#begun.get(range)
    if (first) yield first
    const rest = first ? first.rest : range
    if (rest) yield* this.#kv.store.scan(rest, this.#options)
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

/** The first few keys, as text. */
function listed(keys: readonly Uint8Array[]): string {
  const SHOWN = 5
  const shown = keys.slice(0, SHOWN).map(escapeKey).join(', ')
  return keys.length > SHOWN ? `${shown} and ${keys.length - SHOWN} more` : shown
}
