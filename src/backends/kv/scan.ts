import { compareServices } from '../contract/service-order.ts'
import { SYSTEMS } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import { unescapeKey } from '../../model/key.ts'
import type { ScanOptions, Page, Scope } from '../contract/backend.ts'
import type { CanonicalRecords } from '../../model/record-table.ts'
import { type KeyRange, exactly, inside } from './store.ts'
import { type KvContext, kindOf, prefixesOf } from './context.ts'
import type { RawRecord } from '../../model/record.ts'
import { CanonicalRun, type Found, foundOn, locatedOn } from './canonical.ts'
import { Folders, located } from './folders.ts'
import { gathered, merged, sorted } from './order.ts'
import { nameOf, prefixOf, serviceOf, type LocatedRecord, type Prefix } from './prefix.ts'
import { isStructure } from './record.ts'
import { withAddresses, withLeaseStates } from './leases.ts'
import { Scattered } from './scattered.ts'
import { type PlannedRange, Snapshot } from './snapshot.ts'

/**
 * The records of a scope as pages, at least one, in the order of services. Throws `forbidden` when nothing at all can be
 * read.
 */
export async function* scan(kv: KvContext, scope: Scope, options: ScanOptions = {}): AsyncGenerator<Page> {
  const snapshot = new Snapshot(kv, options)
  const addresses = options.detail ? await kv.store.sessionAddresses?.({ signal: options.signal }) : undefined
  const folders = new Folders(kv, options.signal)
  const scattered =
    kindOf(kv.store) === 'tree' && kv.prefixes.some(({ isRoot }) => isRoot) ? new Scattered(kv) : undefined
  const ready = async (records: readonly RawRecord[]): Promise<Page> => {
    if (addresses) return pageOf(snapshot, withAddresses(records, addresses))
    return pageOf(snapshot, options.detail ? await withLeaseStates(kv.store, records, options.signal) : records)
  }
  let last: Page | undefined
  for await (const found of chosen(kv, scope, snapshot)) {
    if (found.length === 0) continue
    if (found instanceof CanonicalRun) {
      last = pageOf(snapshot, [], found)
      yield last
      continue
    }
    const all = inScope(kv, scope, await located(kv, found, folders))
    const wanted = options.structure ? all : all.filter((record) => !isStructure(kv, record))
    const records = scattered?.withoutParts(wanted) ?? wanted
    if (records.length === 0) continue
    last = await ready(records)
    yield last
  }
  for (const records of scattered?.parts() ?? []) {
    last = await ready(records)
    yield last
  }
  snapshot.check()
  // The unreadable part may come after the last record.
  const skipped = scope.rawKey === undefined ? await skippedSystems(kv, options.signal) : []
  if (!last || last.unreadable !== snapshot.unreadable || skipped.length > 0)
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

function pageOf({ revision, unreadable }: Snapshot, records: readonly RawRecord[], canonical?: CanonicalRecords): Page {
  return canonical ? { records, canonical, revision, unreadable } : { records, revision, unreadable }
}

function chosen(kv: KvContext, scope: Scope, snapshot: Snapshot): AsyncIterable<Found> {
  if (scope.rawKey !== undefined) return one(kv, unescapeKey(scope.rawKey), snapshot)
  const prefixes = prefixesOf(kv, scope)
  const isRoot = prefixes.some((prefix) => prefix.isRoot)
  if (scope.services && !isRoot) return named(prefixes, scope.services, snapshot)
  return everything(prefixes, snapshot)
}

async function* everything(prefixes: readonly Prefix[], snapshot: Snapshot): AsyncGenerator<Found> {
  if (prefixes.length > 1) await snapshot.begin(prefixes.flatMap(rangesUnder))
  yield* merged(prefixes.map((prefix) => under(prefix, snapshot)))
}

function under(prefix: Prefix, snapshot: Snapshot): AsyncGenerator<Found> {
  return prefix.below ? sorted(deepUnder(prefix, snapshot)) : gathered(flatUnder(prefix, snapshot))
}

async function* flatUnder(prefix: Prefix, snapshot: Snapshot): AsyncGenerator<Found> {
  const proof = snapshot.proofUnder(prefix)
  for (const range of prefix.ranges)
    yield* foundOn(snapshot.pages(range, prefix.isUnasked, proof !== undefined), prefix, proof)
}

/** All records are kept until the last one is there, so nodes that are none are left out early. */
async function* deepUnder(prefix: Prefix, snapshot: Snapshot): AsyncGenerator<readonly LocatedRecord[]> {
  for (const range of prefix.ranges)
    for await (const page of locatedOn(snapshot.pages(range, prefix.isUnasked), prefix))
      yield snapshot.structure ? page : page.filter(({ record }) => !prefix.isStructure(record.key))
}

function one(kv: KvContext, key: Uint8Array, snapshot: Snapshot): AsyncIterable<Found> {
  const prefix = prefixOf(key, kv.prefixes)
  return locatedOn(snapshot.pages(exactly(key)), prefix)
}

async function* named(
  prefixes: readonly Prefix[],
  services: readonly string[],
  snapshot: Snapshot,
): AsyncGenerator<Found> {
  const all = [...new Set(services)].sort((a, b) => compareServices(nameOf(a), nameOf(b)))
  const names = all.filter((service) => !service.includes('/'))
  const [first] = names
  const flat = prefixes.filter(({ below }) => !below)
  const deep = prefixes.filter(({ below }) => below)
  const places = first === undefined ? [] : flat.map((prefix) => placeOf(prefix, first))
  await snapshot.begin([...places.flatMap(rangesAt), ...deep.flatMap(rangesUnder)])
  const inFolder = inFolders({ prefixes: flat, names, first: places }, snapshot)
  yield* merged([inFolder, sorted(namedBelow(deep, new Set(all), snapshot))])
}

/** Where a service lies below a prefix: the key that is its folder's own, and the keys in the folder. */
interface ServicePlace {
  readonly prefix: Prefix
  readonly itself: KeyRange
  readonly below: KeyRange
}

function placeOf(prefix: Prefix, name: string): ServicePlace {
  const folder = prefix.folder(name)
  return { prefix, itself: exactly(folder), below: inside(folder) }
}

function rangesAt({ prefix: { isUnasked }, itself, below }: ServicePlace): PlannedRange[] {
  return [itself, below].map((range) => ({ range, isUnasked }))
}

function rangesUnder({ ranges, isUnasked }: Prefix): PlannedRange[] {
  return ranges.map((range) => ({ range, isUnasked }))
}

/** The services one after another. `first`: where the first of them lies, of which reading has begun. */
async function* inFolders(
  { prefixes, names, first }: { prefixes: readonly Prefix[]; names: readonly string[]; first: readonly ServicePlace[] },
  snapshot: Snapshot,
): AsyncGenerator<Found> {
  for (const [at, name] of names.entries()) {
    const places = at === 0 ? first : prefixes.map((prefix) => placeOf(prefix, name))
    if (at > 0) await snapshot.begin(places.flatMap(rangesAt))
    for (const { prefix, itself, below } of places) {
      const proof = snapshot.proofUnder(prefix)
      yield* locatedOn(snapshot.pagesIfPermitted(itself, prefix.isUnasked), prefix)
      yield* foundOn(snapshot.pages(below, prefix.isUnasked, proof !== undefined), prefix, proof)
    }
  }
}

/** The records of these services under prefixes where a service has no folder of its own. */
async function* namedBelow(
  prefixes: readonly Prefix[],
  names: ReadonlySet<string>,
  snapshot: Snapshot,
): AsyncGenerator<readonly LocatedRecord[]> {
  for (const prefix of prefixes)
    for await (const page of deepUnder(prefix, snapshot)) yield page.filter(({ name }) => names.has(serviceOf(name)))
}
