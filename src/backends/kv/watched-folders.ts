import type { FolderFacts, RawRecord } from '../../model/record.ts'
import { folderOf, recordsIn, wholeIn } from './folders.ts'
import type { KvContext } from './context.ts'
import { read } from './record.ts'

/** The ids of complete records in a folder, by layout. */
interface Whole {
  readonly kratos: Set<string>
  readonly aio: Set<string>
}

/**
 * Remembers the folders in which a watch has seen changes, since a record that comes or goes can change how the others in its
 * folder are read. A folder is read at its first change, and again each time the readings of the others change.
 */
export class WatchedFolders {
  readonly #kv: KvContext
  readonly #signal: AbortSignal
  readonly #folders = new Map<string, Whole>()

  constructor(kv: KvContext, signal: AbortSignal) {
    this.#kv = kv
    this.#signal = signal
  }

  /** The record that was put, annotated with its folder, and the others of that folder whose reading may have changed. */
  async put(record: RawRecord): Promise<RawRecord[]> {
    const is = wholeIn(this.#kv, record)
    const [facts, mayTurn] = await this.#change(record.id, is)
    const others = mayTurn ? await this.#others(record.id) : []
    return [record, ...others].map((each) => beside(each, facts))
  }

  /** The other records of the folder whose reading may have changed by the removal. */
  async removed(id: string): Promise<RawRecord[]> {
    const [facts, mayTurn] = await this.#change(id, undefined)
    return (mayTurn ? await this.#others(id) : []).map((each) => beside(each, facts))
  }

  /** Applies the change. A folder is first read after its first change, so what the record was before is then unknown. */
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

  /** Whether the reading of the record depends on complete records in its folder. */
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

/** The facts of a folder. Patroni is left out: it does not change what counts as an instance. */
function factsOf({ kratos, aio }: Whole): FolderFacts {
  return { kratos: kratos.size > 0, aio: aio.size > 0, patroni: false }
}
