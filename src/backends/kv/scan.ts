import { unescapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../backend.ts'
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
  let told: Page | undefined
  for await (const found of chosen(kv, scope, picture)) {
    if (found.length === 0) continue
    await kv.jsonFolders.learn(found, options.signal)
    const all = found.map(rawRecordOf)
    const records = options.structure ? all : all.filter((record) => !isStructure(kv, record))
    if (records.length === 0) continue
    if (addresses) told = pageOf(picture, withAddresses(records, addresses))
    else told = pageOf(picture, options.detail ? await withLeaseStates(kv.store, records, options.signal) : records)
    yield told
  }
  picture.check()
  // What is hidden can lie behind the last record.
  if (!told || told.partial !== picture.partial) yield pageOf(picture, [])
}

/** Most records are none by their value alone, without decoding it. */
export function isStructure(kv: Kv, record: RawRecord): boolean {
  return record.children !== undefined && valueOf(record).length === 0 && read(kv, record, kv.now()).is === 'structure'
}

function pageOf({ revision, partial }: Picture, records: readonly RawRecord[]): Page {
  return { records, revision, partial }
}

function chosen(kv: Kv, scope: Scope, picture: Picture): AsyncIterable<readonly Found[]> {
  if (scope.rawKey !== undefined) return one(kv, unescapeKey(scope.rawKey), picture)
  const prefixes = prefixesOf(kv, scope)
  if (scope.services) return named(prefixes, scope.services, picture)
  return merged(prefixes.map((prefix) => gathered(located(prefix, picture.pages(prefix.range)))))
}

function one(kv: Kv, key: Uint8Array, picture: Picture): AsyncIterable<readonly Found[]> {
  return located(prefixOf(key, kv.prefixes), picture.pages(exactly(key)))
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
  yield* located(prefix, picture.pagesIfPermitted(exactly(folder)))
  yield* located(prefix, picture.pages(inside(folder)))
}

async function* located(prefix: Prefix, pages: AsyncIterable<readonly KvRecord[]>): AsyncGenerator<readonly Found[]> {
  for await (const page of pages) yield page.map((record) => prefix.locate(record))
}
