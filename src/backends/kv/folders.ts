import { PATRONI } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import { unescapeKey } from '../../model/key.ts'
import type { FolderFacts, RawRecord } from '../../model/record.ts'
import { inside } from './key-range.ts'
import type { Kv } from './kv.ts'
import { prefixOf, type Prefix } from './prefix.ts'
import { read } from './read.ts'
import { rawRecordOf } from './record.ts'

/** The folder of a key, as both are shown: the key without its last segment; empty where it has one segment alone. */
export function folderOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/')))
}

/** Which layout's whole record this is; undefined where it is none. What lies beside it is left out of the account. */
export function wholeIn(kv: Kv, { folder: _folder, ...alone }: RawRecord): 'kratos' | 'aio' | undefined {
  const reading = read(kv, alone, kv.now())
  if (reading.is !== 'instance' || reading.observed.layout === 'plain') return undefined
  return reading.observed.layout === 'aio' ? 'aio' : 'kratos'
}

/**
 * Tells each record of one scan what lies beside it, where a reading may depend on that. The records of a folder stand
 * together; of one that a page holds whole nothing more is read, and nothing decoded before somebody asks.
 */
export class Folders {
  readonly #kv: Kv
  readonly #signal: AbortSignal | undefined
  /** The one that the last page ended in. */
  #last: { readonly folder: string; readonly facts: FolderFacts } | undefined
  readonly #scopes = new Map<string, boolean>()

  constructor(kv: Kv, signal?: AbortSignal) {
    this.#kv = kv
    this.#signal = signal
  }

  async annotate(records: readonly RawRecord[]): Promise<RawRecord[]> {
    const annotated: RawRecord[] = []
    for (let from = 0; from < records.length; ) {
      const folder = folderOf(records[from]?.id ?? '')
      let to = from + 1
      while (to < records.length && folderOf(records[to]?.id ?? '') === folder) to++
      const group = records.slice(from, to)
      const isWhole = to < records.length && this.#last?.folder !== folder
      const facts = await this.#factsOf(folder, group, isWhole)
      annotated.push(...(facts ? group.map((record) => ({ ...record, folder: facts })) : group))
      from = to
    }
    return annotated
  }

  async #factsOf(folder: string, group: readonly RawRecord[], isWhole: boolean): Promise<FolderFacts | undefined> {
    const [first] = group
    const prefix = first && prefixOf(unescapeKey(first.id), this.#kv.prefixes)
    if (!prefix?.dependsOnFolders) return undefined
    const patroni = await this.#isPatroni(folder, group)
    if (this.#last?.folder === folder) return { ...this.#last.facts, patroni }
    const seen = new SeenFolder(this.#kv, group, patroni)
    if (isWhole) return seen
    const facts = { kratos: seen.kratos, aio: seen.aio, patroni }
    if (!facts.kratos && !facts.aio && this.#mayHoldRecords(folder, prefix)) {
      const [kratos, aio] = await this.#look(folder)
      this.#last = { folder, facts: { kratos, aio, patroni } }
      return this.#last.facts
    }
    this.#last = { folder, facts }
    return facts
  }

  /** Right under the prefix lie services' folders, no records; and who named a layout has said whose records they are. */
  #mayHoldRecords(folder: string, { isRoot, shown }: Prefix): boolean {
    return this.#kv.layout === 'auto' && (isRoot || `${folder}/` !== shown)
  }

  /** Reads a folder until it has met a whole record. */
  async #look(folder: string): Promise<[kratos: boolean, aio: boolean]> {
    try {
      for await (const record of recordsIn(this.#kv, folder, this.#signal)) {
        const whole = folderOf(record.id) === folder ? wholeIn(this.#kv, record) : undefined
        if (whole !== undefined) return [whole === 'kratos', whole === 'aio']
      }
    } catch (error) {
      if (!isForbidden(error)) throw error
    }
    return [false, false]
  }

  /** A scope holds two or more of what Patroni keeps there. Only a folder with something so named is looked at. */
  async #isPatroni(folder: string, group: readonly RawRecord[]): Promise<boolean> {
    const above = folderOf(folder)
    const isWithin = ['members', 'optime'].includes(lastOf(folder))
    const scopes = [
      ...(this.#scopes.has(folder) || group.some(({ id }) => PATRONI.has(lastOf(id))) ? [folder] : []),
      ...(this.#scopes.has(above) || isWithin ? [above] : []),
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
    try {
      for await (const { id } of recordsIn(this.#kv, scope, this.#signal, MOST)) {
        const name = id.slice(scope.length + 1).split('/', 1)[0] ?? ''
        if (PATRONI.has(name)) named.add(name)
        if (named.size > 1) return true
      }
    } catch (error) {
      if (!isForbidden(error)) throw error
    }
    return false
  }
}

/** All records below a folder, in key order. */
export async function* recordsIn(
  kv: Kv,
  folder: string,
  signal?: AbortSignal,
  limit?: number,
): AsyncGenerator<RawRecord> {
  const range = inside(unescapeKey(folder))
  for await (const { records } of kv.store.scan(range, { signal, ...(limit === undefined ? {} : { limit }) }))
    for (const record of records) yield rawRecordOf(prefixOf(record.key, kv.prefixes).locate(record))
}

/** A folder of which all records were seen; they are decoded when a reading depends on them. */
class SeenFolder implements FolderFacts {
  readonly patroni: boolean
  readonly #kv: Kv
  readonly #records: readonly RawRecord[]
  #whole: { readonly kratos: boolean; readonly aio: boolean } | undefined

  constructor(kv: Kv, records: readonly RawRecord[], patroni: boolean) {
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

  #found(): { readonly kratos: boolean; readonly aio: boolean } {
    if (this.#whole) return this.#whole
    const whole = { kratos: false, aio: false }
    for (const record of this.#records) {
      const kind = wholeIn(this.#kv, record)
      if (kind !== undefined) whole[kind] = true
      if (whole.kratos) break
    }
    this.#whole = whole
    return whole
  }
}

function lastOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1)
}
