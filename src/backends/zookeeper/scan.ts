import { type KeyRange, type KvRecord, rangeText, type StorePage, type StoreScanOptions } from '../kv/store.ts'
import { ServerCode, ServerError } from './client/index.ts'
import { child, holdsAllBelow, holdsNode, meetsFolder, startOf } from './paths.ts'
import { type NodeReader, recordOf } from './nodes.ts'
import type { Ensemble } from './ensemble.ts'

/**
 * The records of a range as pages in key order, each read at its own moment. Throws `config` for a missing chroot and
 * `forbidden` when the whole range is refused.
 */
export async function* scan(
  ensemble: Ensemble,
  range: KeyRange,
  options: StoreScanOptions = {},
): AsyncGenerator<StorePage, void, undefined> {
  const { signal, limit = Infinity, pageSize = Infinity } = options
  signal?.throwIfAborted()
  let left = limit
  let hasYielded = false
  try {
    await ensemble.catchUp(ensemble.reader.session, signal)
    const walk = new Walk(ensemble.reader, range, { chroot: ensemble.chroot, signal })
    for await (const records of walk.records()) {
      for (let at = 0; at < records.length && left > 0; ) {
        const part = records.slice(at, at + Math.min(pageSize, left))
        yield { ...pageOf(ensemble, walk), records: part }
        signal?.throwIfAborted()
        hasYielded = true
        at += part.length
        left -= part.length
      }
      if (left <= 0) return
    }
    if (!hasYielded) await ensemble.requireChroot(signal)
    if (!hasYielded || walk.unreadable.size > 0) yield pageOf(ensemble, walk)
  } catch (error) {
    throw ensemble.explain(error, `read ${rangeText(range)}`)
  }
}

/** A page without records; lists each unreadable node once. */
function pageOf({ reader }: Ensemble, { unreadable }: Walk): StorePage {
  const page = { records: [], revision: String(reader.session.zxid) }
  if (unreadable.size === 0) return page
  const keys = [...unreadable].map((path) => Buffer.from(path))
  unreadable.clear()
  return { ...page, unreadable: keys }
}

/** Bounds of what is read at once, to limit memory: steps, and names of children in their folders. */
const ROW = 1_000
const NAMES = 10_000
/** The node of ZooKeeper itself, at the root of every ensemble. */
const RESERVED = '/zookeeper'

/** Whether a path belongs to ZooKeeper itself. */
export function isReserved(path: string, chroot: string): boolean {
  return chroot === '' && (path === RESERVED || path.startsWith(`${RESERVED}/`))
}

/**
 * A step in key order: a node, everything below a folder, or a record that is already read. `known`: the node of the
 * folder was read before.
 */
type Step = { readonly node: string } | { readonly folder: string; readonly known: boolean } | KvRecord

/** Reads the nodes of a range in the order of their keys. */
export class Walk {
  readonly #reader: NodeReader
  readonly #range: KeyRange
  readonly #chroot: string
  readonly #signal: AbortSignal | undefined
  /** The number of children of the nodes that were read. */
  readonly #children = new Map<string, number>()
  /**
   * Nodes that this user has no permission to read, and folders, with a slash at their end, whose children it cannot
   * list.
   */
  readonly unreadable = new Set<string>()

  constructor(reader: NodeReader, range: KeyRange, { chroot, signal }: { chroot: string; signal?: AbortSignal }) {
    this.#reader = reader
    this.#range = range
    this.#chroot = chroot
    this.#signal = signal
  }

  /**
   * The records of the range. Throws a ServerError without permission to read its only node, or to list the folder that
   * contains the range.
   */
  async *records(): AsyncGenerator<KvRecord[], void, undefined> {
    const start = startOf(this.#range)
    if (!start) return
    if ('node' in start) {
      const [node] = await this.#reader.nodes([start.node], this.#signal)
      if (node instanceof ServerError && node.code !== ServerCode.noNode) throw node
      if (node && !(node instanceof ServerError)) yield [recordOf(start.node, node)]
      return
    }
    const [names = []] = await this.#reader.folders([start.folder], this.#signal)
    if (!(names instanceof ServerError)) yield* this.#go(this.#stepsIn(start.folder, names))
    else if (names.code !== ServerCode.noNode) throw names
  }

  async *#go(steps: readonly Step[]): AsyncGenerator<KvRecord[], void, undefined> {
    let reading = this.#ahead(steps.slice(0, ROW))
    for (let from = 0; from < steps.length; ) {
      this.#signal?.throwIfAborted()
      const row = this.#fitting(await reading)
      from += row.length
      reading = this.#ahead(steps.slice(from, from + ROW))
      const folders = await this.#list(row)
      const next = row.flatMap((step): readonly Step[] =>
        'folder' in step ? (folders.get(step.folder) ?? []) : 'node' in step ? [] : [step],
      )
      const records = next.filter((step) => 'key' in step)
      if (records.length < next.length) yield* this.#go(next)
      else if (records.length > 0) yield records
    }
  }

  /** What `#read` reads, asked for while the steps before these are used; a failure reaches whoever awaits it. */
  #ahead(steps: readonly Step[]): Promise<Step[]> {
    const reading = this.#read(steps)
    reading.catch(() => {})
    return reading
  }

  /** Reads the nodes of the steps. A step stays as it is when its node is gone or unreadable. */
  async #read(steps: readonly Step[]): Promise<Step[]> {
    const paths = steps.flatMap((step) => ('node' in step ? [step.node] : []))
    const nodes = (await this.#reader.nodes(paths, this.#signal)).values()
    return steps.map((step) => {
      if (!('node' in step)) return step
      const found = nodes.next().value
      if (!found || found instanceof ServerError) {
        if (found?.code === ServerCode.noAuth) this.unreadable.add(step.node)
        return step
      }
      if (found.stat.children > 0) this.#children.set(step.node, found.stat.children)
      return recordOf(step.node, found)
    })
  }

  /** The first steps, at least one, whose children together can be listed at once. */
  #fitting(steps: readonly Step[]): readonly Step[] {
    let names = 0
    const tooMuch = steps.findIndex((step, at) => {
      names += 'folder' in step ? (this.#children.get(step.folder) ?? 0) : 0
      return at > 0 && names > NAMES
    })
    return tooMuch < 0 ? steps : steps.slice(0, tooMuch)
  }

  async #list(steps: readonly Step[]): Promise<Map<string, Step[]>> {
    const paths = steps.flatMap((step) =>
      'folder' in step && (this.#children.delete(step.folder) || !step.known) ? [step.folder] : [],
    )
    const lists = await this.#reader.folders(paths, this.#signal)
    return new Map(
      paths.map((path, at) => {
        const names = lists[at]
        if (names instanceof ServerError && names.code === ServerCode.noAuth) this.unreadable.add(`${path}/`)
        return [path, names === undefined || names instanceof ServerError ? [] : this.#stepsIn(path, names)]
      }),
    )
  }

  /** The steps for the children of a folder. Keys are ordered by bytes, so `a-b` comes after `a` and before `a/…`. */
  #stepsIn(folder: string, names: readonly string[]): Step[] {
    const paths = names.map((name) => child(folder, name)).filter((path) => !isReserved(path, this.#chroot))
    const isWhole = holdsAllBelow(this.#range, folder === '/' ? '' : folder)
    const nodes = isWhole ? paths : paths.filter((path) => holdsNode(this.#range, path))
    const folders = isWhole ? paths : paths.filter((path) => meetsFolder(this.#range, path))
    const ordered = [...nodes, ...folders.map((path) => `${path}/`)].sort()
    return ordered.map((path) => {
      if (!path.endsWith('/')) return { node: path }
      const above = path.slice(0, -1)
      // A node before the range is not read, but the range may contain nodes below it.
      return { folder: above, known: isWhole || holdsNode(this.#range, above) }
    })
  }
}
