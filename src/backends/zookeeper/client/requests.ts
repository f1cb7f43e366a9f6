import { OpCode, ServerError } from './codes.ts'
import type { JuteReader, JuteWriter } from './jute.ts'
import { type Node, type Stat, readNode, readStat } from './stat.ts'

/** A request: how it is encoded, and how its answer is decoded. Paths begin with a slash, below the chroot. */
export interface Request<T> {
  readonly op: number
  /** The path that an error concerns. */
  readonly path?: string
  /** Whether it must not be sent twice, since the first may have been carried out. */
  readonly changes: boolean
  /** Encodes the request. `at` returns the path on the server for one below the chroot. */
  readonly write: (to: JuteWriter, at: (path: string) => string) => void
  readonly read: (from: JuteReader) => T
}

export const ANY_VERSION = -1

export function exists(path: string): Request<Stat> {
  return { ...unwatched(OpCode.exists, path), read: readStat }
}

export function getData(path: string): Request<Node> {
  return { ...unwatched(OpCode.getData, path), read: readNode }
}

export function getChildren(path: string): Request<string[]> {
  return { ...unwatched(OpCode.getChildren, path), read: (from) => from.texts() }
}

/** Brings the server up to the state of the leader at the time of the request. */
export function sync(path: string): Request<void> {
  return { op: OpCode.sync, path, changes: false, write: (to, at) => to.text(at(path)), read() {} }
}

/** Watches a node and everything below it until the connection ends. Unknown to servers before 3.6. */
export function addWatch(path: string): Request<void> {
  const RECURSIVE = 1
  return { op: OpCode.addWatch, path, changes: false, write: (to, at) => to.text(at(path)).int(RECURSIVE), read() {} }
}

/** Sets the recursive watches of the previous connection again. */
export function setWatches(paths: readonly string[], zxid: bigint): Request<void> {
  const none: string[] = []
  return {
    op: OpCode.setWatches,
    changes: false,
    write(to, at) {
      to.long(zxid).texts(none).texts(none).texts(none).texts(none).texts(paths.map(at))
    },
    read() {},
  }
}

export function closeSession(): Request<void> {
  return { op: OpCode.closeSession, changes: true, write() {}, read() {} }
}

/** One step of SASL; a step that brings nothing back is the last. */
export function sasl(token: Uint8Array): Request<Buffer> {
  return { op: OpCode.sasl, changes: true, write: (to) => to.bytes(token), read: (from) => from.copy() }
}

/** Reads several nodes at once; for each the node or the error. Unknown to servers before 3.6. */
export function multiGetData(paths: readonly string[]): Request<(Node | ServerError)[]> {
  return multiRead(OpCode.getData, paths, readNode)
}

export function multiGetChildren(paths: readonly string[]): Request<(string[] | ServerError)[]> {
  return multiRead(OpCode.getChildren, paths, (from) => from.texts())
}

function multiRead<T>(
  op: number,
  paths: readonly string[],
  read: (from: JuteReader) => T,
): Request<(T | ServerError)[]> {
  return {
    op: OpCode.multiRead,
    changes: false,
    write(to, at) {
      for (const path of paths) to.int(op).bool(false).int(-1).text(at(path)).bool(false)
      to.int(-1).bool(true).int(-1)
    },
    read: (from) => readResults(from, paths, (type) => (type === op ? read(from) : undefined)),
  }
}

function unwatched(op: number, path: string) {
  return {
    op,
    path,
    changes: false,
    write(to: JuteWriter, at: (path: string) => string): void {
      to.text(at(path)).bool(false)
    },
  }
}

/** The results of several operations, each after a header, up to a header that marks the end. */
export function readResults<T>(
  from: JuteReader,
  paths: readonly string[],
  read: (type: number) => T | undefined,
): (T | ServerError)[] {
  const ERROR = -1
  const results: (T | ServerError)[] = []
  for (;;) {
    const [type, last] = [from.int(), from.bool()]
    from.int() // the error again, where there is one
    if (last) return results
    const path = paths[results.length]
    const result = type === ERROR ? new ServerError(from.int(), path) : read(type)
    if (result !== undefined) results.push(result)
  }
}
