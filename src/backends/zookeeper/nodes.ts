import {
  type Node,
  type Stat,
  getChildren,
  getData,
  isServerError,
  multiGetChildren,
  multiGetData,
  type Request,
  ServerCode,
  ServerError,
  type Session,
} from './client/index.ts'
import type { KvRecord } from '../kv/store.ts'

const FEWEST = 100
const MOST = 1_000
/** Target size of a response in bytes: nodes differ in size, up to a megabyte each. */
const ANSWER_BYTES = 1 << 20
/** Requests in flight at once, for servers that cannot read several nodes with one request. */
const ABREAST = 200

/** Reads many nodes with few requests. */
export class NodeReader {
  readonly session: Session
  #atOnce = FEWEST
  #knowsMultiRead = true

  constructor(session: Session) {
    this.session = session
  }

  /** Each node, or the error for which it cannot be read. */
  async nodes(paths: readonly string[], signal?: AbortSignal): Promise<(Node | ServerError)[]> {
    const nodes: (Node | ServerError)[] = []
    while (nodes.length < paths.length) {
      const part = paths.slice(nodes.length, nodes.length + this.#atOnce)
      const found = await this.#all(part, { several: multiGetData, single: getData }, signal)
      nodes.push(...found)
      this.#learn(found)
    }
    return nodes
  }

  /** The names of the children of each node, or the error for which they cannot be read. */
  folders(paths: readonly string[], signal?: AbortSignal): Promise<(string[] | ServerError)[]> {
    return this.#all(paths, { several: multiGetChildren, single: getChildren }, signal)
  }

  async #all<T>(
    paths: readonly string[],
    requests: {
      several: (paths: readonly string[]) => Request<(T | ServerError)[]>
      single: (path: string) => Request<T>
    },
    signal?: AbortSignal,
  ): Promise<(T | ServerError)[]> {
    if (paths.length > 1 && this.#knowsMultiRead) {
      try {
        return (await this.session.request(requests.several(paths), signal)).answer
      } catch (error) {
        if (!isServerError(error, ServerCode.unimplemented)) throw error
        this.#knowsMultiRead = false
      }
    }
    const all: (T | ServerError)[] = []
    while (all.length < paths.length) {
      const part = paths.slice(all.length, all.length + ABREAST)
      all.push(...(await Promise.all(part.map((path) => this.#one(requests.single(path), signal)))))
    }
    return all
  }

  async #one<T>(request: Request<T>, signal?: AbortSignal): Promise<T | ServerError> {
    try {
      return (await this.session.request(request, signal)).answer
    } catch (error) {
      if (error instanceof ServerError) return error
      throw error
    }
  }

  #learn(found: readonly (Node | ServerError)[]): void {
    const bytes = found.reduce((sum, node) => sum + (node instanceof ServerError ? 0 : node.data.length), 1)
    const fitting = Math.ceil((ANSWER_BYTES * found.length) / bytes)
    this.#atOnce = Math.max(1, Math.min(fitting, this.#atOnce * 2, MOST))
  }
}

/** A node as a record of a key-value store. */
export function recordOf(path: string, { data, stat }: Node): KvRecord {
  const { owner, createdAt, children } = stat
  const lease = owner === 0n ? undefined : leaseOf(owner)
  return { key: Buffer.from(path), value: data, revision: revisionOf(stat), lease, createdAt, children }
}

/**
 * The revision of a node: the transaction of its last change. Unlike the version it never repeats when a node is created
 * again.
 */
export function revisionOf({ mzxid }: Stat): string {
  return String(mzxid)
}

/** The lease of a session: its id in hexadecimal, as ZooKeeper's own tools show it after `0x`. */
export function leaseOf(session: bigint): string {
  return BigInt.asUintN(64, session).toString(16)
}
