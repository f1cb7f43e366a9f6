import { PATRONI } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import { unescapeKey } from '../../model/key.ts'
import type { FolderFacts, RawRecord } from '../../model/record.ts'
import { inside } from './store.ts'
import type { KvContext } from './context.ts'
import { prefixOf, type Prefix, type LocatedRecord } from './prefix.ts'
import { read, rawRecordOf, serviceRead } from './record.ts'

/** The layouts of which a folder has a complete record. */
interface Whole {
  readonly kratos: boolean
  readonly aio: boolean
}

/** The folder of an escaped key: the key without its last segment; empty for a key of one segment. */
export function folderOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/')))
}

/** The layout of which this is a complete record, judged without its folder; undefined for anything else. */
export function wholeIn(kv: KvContext, { folder: _folder, ...alone }: RawRecord): keyof Whole | undefined {
  const reading = read(kv, alone, kv.now())
  if (reading.is !== 'instance') return undefined
  const { layout } = reading.observed
  if (layout === 'aio') return 'aio'
  return layout === 'kratos' || layout === 'kratos-scheme' ? 'kratos' : undefined
}

/**
 * Annotates the records of one scan with facts about their folder, where the reading depends on them. A folder that lies
 * whole within one page costs no further read, and is decoded only when a reading needs it; one that continues over the
 * end of a page is read separately.
 */
export class Folders {
  readonly #kv: KvContext
  readonly #signal: AbortSignal | undefined
  /** The folders within which the last page ended. */
  #open = new Map<string, Whole>()
  readonly #scopes = new Map<string, boolean>()
  #isFirst = true

  constructor(kv: KvContext, signal?: AbortSignal) {
    this.#kv = kv
    this.#signal = signal
  }

  async annotate(records: readonly RawRecord[]): Promise<RawRecord[]> {
    const groups = groupedBy(records)
    const first = this.#isFirst ? undefined : records[0]
    const last = records.at(-1)
    this.#isFirst = false
    const facts = new Map<string, FolderFacts>()
    for (const [folder, group] of groups) {
      const isWhole = !isWithin(first, folder) && !isWithin(last, folder)
      const found = await this.#factsOf(folder, group, isWhole)
      if (found) facts.set(folder, found)
    }
    for (const folder of this.#open.keys()) if (!isWithin(last, folder)) this.#open.delete(folder)
    return records.map((record) => withFacts(record, facts.get(folderOf(record.id))))
  }

  async #factsOf(folder: string, group: readonly RawRecord[], isWhole: boolean): Promise<FolderFacts | undefined> {
    const [one] = group
    const prefix = one && prefixOf(unescapeKey(one.id), this.#kv.prefixes)
    if (!prefix?.dependsOnFolders) return undefined
    const patroni = await this.#isPatroni(folder, group)
    if (isWhole) return new SeenFolder(this.#kv, group, patroni)
    const whole = this.#open.get(folder) ?? (await this.#look(folder, prefix))
    this.#open.set(folder, whole)
    return { ...whole, patroni }
  }

  /**
   * Reads a folder until both facts are known. Directly under the prefix there are folders of services and no records; and
   * with a layout named by the user all records are of that layout.
   */
  async #look(folder: string, { isRoot, shown }: Prefix): Promise<Whole> {
    const whole = { kratos: false, aio: false }
    if (this.#kv.layout !== 'auto' || (!isRoot && `${folder}/` === shown)) return whole
    for await (const record of recordsIn(this.#kv, folder, this.#signal)) {
      const kind = folderOf(record.id) === folder ? wholeIn(this.#kv, record) : undefined
      if (kind !== undefined) whole[kind] = true
      if (whole.kratos && whole.aio) break
    }
    return whole
  }

  /**
   * Whether the folder is a scope of Patroni, or within one: a scope has two or more of its names. Only a folder with
   * such a name is read.
   */
  async #isPatroni(folder: string, group: readonly RawRecord[]): Promise<boolean> {
    const above = folderOf(folder)
    const isBelow = ['members', 'optime'].includes(lastOf(folder))
    const scopes = [
      ...(this.#scopes.has(folder) || group.some(({ id }) => PATRONI.has(lastOf(id))) ? [folder] : []),
      ...(this.#scopes.has(above) || isBelow ? [above] : []),
    ]
    for (const scope of scopes) {
      const known = this.#scopes.get(scope) ?? (await this.#isScope(scope))
      this.#scopes.set(scope, known)
      if (known) return true
    }
    return false
  }

  async #isScope(scope: string): Promise<boolean> {
    const MOST = 1_000
    const named = new Set<string>()
    for await (const { id } of recordsIn(this.#kv, scope, this.#signal, MOST)) {
      const name = id.slice(scope.length + 1).split('/', 1)[0] ?? ''
      if (PATRONI.has(name)) named.add(name)
      if (named.size > 1) return true
    }
    return false
  }
}

/** All records below a folder, in key order; those before the point from which this user has no permission to read it. */
export async function* recordsIn(
  kv: KvContext,
  folder: string,
  signal?: AbortSignal,
  limit?: number,
): AsyncGenerator<RawRecord> {
  const range = inside(unescapeKey(folder))
  try {
    for await (const { records } of kv.store.scan(range, { signal, ...(limit === undefined ? {} : { limit }) }))
      for (const record of records) yield rawRecordOf(prefixOf(record.key, kv.prefixes).locate(record))
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
}

/** A folder whose records are all at hand; they are decoded when a reading depends on them. */
class SeenFolder implements FolderFacts {
  readonly patroni: boolean
  readonly #kv: KvContext
  readonly #records: readonly RawRecord[]
  #whole: Whole | undefined

  constructor(kv: KvContext, records: readonly RawRecord[], patroni: boolean) {
    this.#kv = kv
    this.#records = records
    this.patroni = patroni
  }

  get kratos(): boolean {
    return this.#found().kratos
  }

  get aio(): boolean {
    return this.#found().aio
  }

  #found(): Whole {
    if (this.#whole) return this.#whole
    const kinds = new Set<keyof Whole | undefined>()
    for (const record of this.#records) {
      kinds.add(wholeIn(this.#kv, record))
      if (kinds.has('kratos') && kinds.has('aio')) break
    }
    this.#whole = { kratos: kinds.has('kratos'), aio: kinds.has('aio') }
    return this.#whole
  }
}

/** The records by folder, in the order of their first record. */
function groupedBy(records: readonly RawRecord[]): Map<string, RawRecord[]> {
  const groups = new Map<string, RawRecord[]>()
  for (const record of records) {
    const folder = folderOf(record.id)
    const group = groups.get(folder)
    if (group) group.push(record)
    else groups.set(folder, [record])
  }
  return groups
}

/** Whether a record lies in a folder, at any depth: then the folder may continue after it. */
function isWithin(record: RawRecord | undefined, folder: string): boolean {
  return record !== undefined && record.id.startsWith(`${folder}/`)
}

function withFacts(record: RawRecord, folder: FolderFacts | undefined): RawRecord {
  return folder === undefined ? record : { ...record, folder }
}

function lastOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1)
}

/** The raw records of a page, annotated with their folders where the reading depends on them. */
export async function located(kv: KvContext, found: readonly LocatedRecord[], folders: Folders): Promise<RawRecord[]> {
  const records = found.map(rawRecordOf)
  if (!found.some(({ prefix }) => prefix.dependsOnFolders)) return records
  const annotated = await folders.annotate(records)
  return found[0]?.prefix.isRoot ? annotated.map((record) => atRoot(kv, record)) : annotated
}

/** The record with its service taken from its reading: under the root the key does not show which segment is the service. */
export function atRoot(kv: KvContext, record: RawRecord): RawRecord {
  const reading = read(kv, record, kv.now())
  return reading.is === 'instance' ? { ...record, service: serviceRead(record, reading) } : record
}
