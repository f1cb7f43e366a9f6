import type { KeyRange, StoreChange } from '../kv/store.ts'
import { ServerCode, ServerError } from './client/index.ts'
import { holdsNode } from './range.ts'
import type { Reader } from './reader.ts'
import { recordOf } from './record.ts'
import { Walk, isReserved } from './walk.ts'

/** What a watcher was told: the nodes of a range by their revisions. */
export class Watched {
  readonly #reader: Reader
  readonly #range: KeyRange
  readonly #chroot: string
  readonly #revisions = new Map<string, string>()

  constructor(reader: Reader, range: KeyRange, chroot: string) {
    this.#reader = reader
    this.#range = range
    this.#chroot = chroot
  }

  /** Reads all of it, and tells what is not as it was told before. */
  async *all(signal: AbortSignal): AsyncGenerator<StoreChange[], void, undefined> {
    const gone = new Set(this.#revisions.keys())
    const walk = new Walk(this.#reader, this.#range, { chroot: this.#chroot, signal })
    for await (const records of walk.records()) {
      const changes: StoreChange[] = []
      for (const record of records) {
        const path = Buffer.from(record.key).toString('utf8')
        gone.delete(path)
        if (this.#learn(path, record.revision)) changes.push({ put: record })
      }
      yield changes
    }
    yield [...gone].flatMap((path) => this.#forget(path))
  }

  /** Looks at some nodes, and tells which of them are not as they were told before. */
  async some(paths: readonly string[], signal: AbortSignal): Promise<StoreChange[]> {
    const ours = paths.filter((path) => holdsNode(this.#range, path) && !isReserved(path, this.#chroot))
    const nodes = await this.#reader.nodes(ours, signal)
    return ours.flatMap((path, at): StoreChange[] => {
      const node = nodes[at]
      if (!node) return []
      if (node instanceof ServerError) return node.code === ServerCode.noNode ? this.#forget(path) : []
      const put = recordOf(path, node)
      return this.#learn(path, put.revision) ? [{ put }] : []
    })
  }

  #learn(path: string, revision: string): boolean {
    const known = this.#revisions.get(path) === revision
    this.#revisions.set(path, revision)
    return !known
  }

  #forget(path: string): StoreChange[] {
    return this.#revisions.delete(path) ? [{ removed: Buffer.from(path) }] : []
  }
}
