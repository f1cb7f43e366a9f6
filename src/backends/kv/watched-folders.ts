import type { FolderFacts, RawRecord } from '../../model/record.ts'
import { folderOf, recordsIn, wholeIn } from './folders.ts'
import type { Kv } from './kv.ts'

/** Whole records of a folder, by the layout they are in. */
interface Whole {
  readonly kratos: Set<string>
  readonly aio: Set<string>
}

/**
 * Keeps what a watch knows of the folders in which something changes: a record that comes or goes can decide how the
 * others beside it are read. A folder is read at its first change, and once more each time that turns.
 */
export class WatchedFolders {
  readonly #kv: Kv
  readonly #signal: AbortSignal
  readonly #folders = new Map<string, Whole>()

  constructor(kv: Kv, signal: AbortSignal) {
    this.#kv = kv
    this.#signal = signal
  }

  /** What was put, with what lies beside it, and the others of its folder that it makes read in another way. */
  async put(record: RawRecord): Promise<RawRecord[]> {
    const whole = await this.#whole(record.id)
    const was = take(whole, record.id)
    const before = factsOf(whole)
    const is = wholeIn(this.#kv, record)
    if (is !== undefined) whole[is].add(record.id)
    const facts = factsOf(whole)
    const others = was !== is && turns(before, facts) ? await this.#others(record.id) : []
    return [record, ...others].map((each) => beside(each, facts))
  }

  /** The others of its folder that are now read in another way. Of a folder that was never seen, all may be. */
  async removed(id: string): Promise<RawRecord[]> {
    const isNew = !this.#folders.has(folderOf(id))
    const whole = await this.#whole(id)
    const was = take(whole, id)
    const facts = factsOf(whole)
    const mayTurn = isNew ? !facts.kratos || !facts.aio : was !== undefined && !facts[was]
    return (mayTurn ? await this.#others(id) : []).map((each) => beside(each, facts))
  }

  async #whole(id: string): Promise<Whole> {
    const folder = folderOf(id)
    const whole = this.#folders.get(folder) ?? (await this.#read(folder))
    this.#folders.set(folder, whole)
    return whole
  }

  async #read(folder: string): Promise<Whole> {
    const whole: Whole = { kratos: new Set(), aio: new Set() }
    for await (const record of recordsIn(this.#kv, folder, this.#signal)) {
      const kind = folderOf(record.id) === folder ? wholeIn(this.#kv, record) : undefined
      if (kind !== undefined) whole[kind].add(record.id)
    }
    return whole
  }

  async #others(id: string): Promise<RawRecord[]> {
    const folder = folderOf(id)
    const others: RawRecord[] = []
    for await (const record of recordsIn(this.#kv, folder, this.#signal))
      if (record.id !== id && folderOf(record.id) === folder) others.push(record)
    return others
  }
}

function take({ kratos, aio }: Whole, id: string): 'kratos' | 'aio' | undefined {
  if (kratos.delete(id)) return 'kratos'
  return aio.delete(id) ? 'aio' : undefined
}

function beside(record: RawRecord, folder: FolderFacts): RawRecord {
  return { ...record, folder }
}

function turns(before: FolderFacts, after: FolderFacts): boolean {
  return before.kratos !== after.kratos || before.aio !== after.aio
}

/** A scope of Patroni decides nothing between an instance and what is none. */
function factsOf({ kratos, aio }: Whole): FolderFacts {
  return { kratos: kratos.size > 0, aio: aio.size > 0, patroni: false }
}
