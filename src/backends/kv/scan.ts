import { SYSTEMS } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import { unescapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import { Folders } from './folders.ts'
import { exactly, inside } from './key-range.ts'
import { type Kv, prefixesOf } from './kv.ts'
import { compareServices, gathered, merged } from './order.ts'
import { Picture } from './picture.ts'
import { nameOf, prefixOf, type Found, type Prefix } from './prefix.ts'
import { read } from './read.ts'
import { rawRecordOf, valueOf, withAddresses, withLeaseStates } from './record.ts'
import type { KvRecord } from './store.ts'

/** Pages of records, at least one, in the order of services. */
export async function* scan(kv: Kv, scope: Scope, options: ScanOptions = {}): AsyncGenerator<Page> {
  const picture = new Picture(kv, options)
  const addresses = options.detail ? await kv.store.sessionAddresses?.({ signal: options.signal }) : undefined
  const folders = new Folders(kv, options.signal)
  let told: Page | undefined
  for await (const found of chosen(kv, scope, picture)) {
    if (found.length === 0) continue
    const all = inScope(kv, scope, await located(kv, found, folders))
    const records = options.structure ? all : all.filter((record) => !isStructure(kv, record))
    if (records.length === 0) continue
    if (addresses) told = pageOf(picture, withAddresses(records, addresses))
    else told = pageOf(picture, options.detail ? await withLeaseStates(kv.store, records, options.signal) : records)
    yield told
  }
  picture.check()
  // What is hidden can lie behind the last record.
  const skipped = scope.rawKey === undefined ? await skippedSystems(kv, options.signal) : []
  if (!told || told.partial !== picture.partial || skipped.length > 0)
    yield { ...pageOf(picture, []), ...(skipped.length > 0 && { skipped }) }
}

/** The records with what lies beside them, where that matters. */
export async function located(kv: Kv, found: readonly Found[], folders: Folders): Promise<RawRecord[]> {
  const records = found.map(rawRecordOf)
  const prefix = found[0]?.prefix
  if (!prefix?.dependsOnFolders) return records
  const annotated = await folders.annotate(records)
  return prefix.isRoot ? annotated.map((record) => atRoot(kv, record)) : annotated
}

/** Under the root a key does not tell where the service's segment is: the reading does. */
export function atRoot(kv: Kv, record: RawRecord): RawRecord {
  const reading = read(kv, record, kv.now())
  return reading.is === 'instance' ? { ...record, service: serviceNamed(reading.instance.name) } : record
}

function serviceNamed(name: string): string {
  return name.split('/', 1)[0] ?? ''
}

/** A scan of the root for services by name is one of everything. */
function inScope(kv: Kv, { services, rawKey }: Scope, records: readonly RawRecord[]): readonly RawRecord[] {
  if (!services || rawKey !== undefined || !kv.prefixes.some(({ isRoot }) => isRoot)) return records
  const names = new Set(services)
  return records.filter(({ service }) => names.has(service))
}

/** Most records are none by their value alone, without decoding it. */
export function isStructure(kv: Kv, record: RawRecord): boolean {
  const { children } = record
  if (children === undefined || (children === 0 && valueOf(record).length > 0)) return false
  return read(kv, record, kv.now()).is === 'structure'
}

/** What a scan of the root leaves out, where it is there. */
async function skippedSystems(kv: Kv, signal?: AbortSignal): Promise<string[]> {
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

function pageOf({ revision, partial }: Picture, records: readonly RawRecord[]): Page {
  return { records, revision, partial }
}

function chosen(kv: Kv, scope: Scope, picture: Picture): AsyncIterable<readonly Found[]> {
  if (scope.rawKey !== undefined) return one(kv, unescapeKey(scope.rawKey), picture)
  const prefixes = prefixesOf(kv, scope)
  const isRoot = prefixes.some((prefix) => prefix.isRoot)
  if (scope.services && !isRoot) return named(prefixes, scope.services, picture)
  return merged(prefixes.map((prefix) => gathered(under(prefix, picture))))
}

async function* under(prefix: Prefix, picture: Picture): AsyncGenerator<readonly Found[]> {
  for (const range of prefix.ranges) yield* foundIn(prefix, picture.pages(range))
}

function one(kv: Kv, key: Uint8Array, picture: Picture): AsyncIterable<readonly Found[]> {
  return foundIn(prefixOf(key, kv.prefixes), picture.pages(exactly(key)))
}

async function* named(
  prefixes: readonly Prefix[],
  services: readonly string[],
  picture: Picture,
): AsyncGenerator<readonly Found[]> {
  const names = [...new Set(services)].filter((service) => !service.includes('/'))
  names.sort((a, b) => compareServices(nameOf(a), nameOf(b)))
  for (const name of names) for (const prefix of prefixes) yield* ofService(prefix, name, picture)
}

async function* ofService(prefix: Prefix, name: string, picture: Picture): AsyncGenerator<readonly Found[]> {
  const folder = prefix.folder(name)
  yield* foundIn(prefix, picture.pagesIfPermitted(exactly(folder)))
  yield* foundIn(prefix, picture.pages(inside(folder)))
}

async function* foundIn(prefix: Prefix, pages: AsyncIterable<readonly KvRecord[]>): AsyncGenerator<readonly Found[]> {
  for await (const page of pages) yield page.map((record) => prefix.locate(record))
}
