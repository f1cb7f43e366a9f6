import type { FolderFacts, RawRecord } from '../../model/record.ts'
import { folderOf, recordsIn, wholeIn } from './folders.ts'
import type { KvContext } from './context.ts'
import { read } from './record.ts'

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
  readonly #kv: KvContext
  readonly #signal: AbortSignal
  readonly #folders = new Map<string, Whole>()

  constructor(kv: KvContext, signal: AbortSignal) {
    this.#kv = kv
    this.#signal = signal
  }

  /** What was put, with what lies beside it, and the others of its folder that may now be read in another way. */
  async put(record: RawRecord): Promise<RawRecord[]> {
    const is = wholeIn(this.#kv, record)
    const [facts, mayTurn] = await this.#change(record.id, is)
    const others = mayTurn ? await this.#others(record.id) : []
    return [record, ...others].map((each) => beside(each, facts))
  }

  /** The others of its folder that may now be read in another way. */
  async removed(id: string): Promise<RawRecord[]> {
    const [facts, mayTurn] = await this.#change(id, undefined)
    return (mayTurn ? await this.#others(id) : []).map((each) => beside(each, facts))
  }

  /** A folder is first read when the change is there already: then what the record was before is not known. */
  async #change(id: string, is: 'kratos' | 'aio' | undefined): Promise<[facts: FolderFacts, mayTurn: boolean]> {
    const isNew = !this.#folders.has(folderOf(id))
    const whole = await this.#whole(id)
    const before = factsOf(whole)
    whole.kratos.delete(id)
    whole.aio.delete(id)
    const without = factsOf(whole)
    if (is !== undefined) whole[is].add(id)
    const facts = factsOf(whole)
    return [facts, isNew ? !(without.kratos && without.aio) : turns(before, facts)]
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
      if (record.id !== id && folderOf(record.id) === folder && this.#depends(record)) others.push(record)
    return others
  }

  /** Whether it is read in another way where whole records lie beside it. */
  #depends(record: RawRecord): boolean {
    const [among, alone] = [true, false].map((is) => {
      const folder = { kratos: is, aio: is, patroni: false }
      return read(this.#kv, { ...record, folder }, this.#kv.now()).is
    })
    return among !== alone
  }
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
