import { type AclEntry, writeAcl } from './acl.ts'
import { OpCode, ServerCode, ServerError } from './codes.ts'
import { type JuteReader, JuteWriter } from './jute.ts'
import { ANY_VERSION, type Request, readResults } from './requests.ts'
import { type Kind, readStat } from './stat.ts'

/** Source: org.apache.zookeeper.CreateMode. */
const PERSISTENT = 0
const EPHEMERAL = 1
const CONTAINER = 4
const WITH_TTL = 5

/** A change of one node, to be sent alone or together with others. */
export interface NodeChange {
  readonly op: number
  readonly path: string
  readonly write: (to: JuteWriter, at: (path: string) => string) => void
  /** Skips its part of the answer. */
  readonly skip: (from: JuteReader) => void
}

/** Options of a new node. An ephemeral one ends with the session that creates it. */
export interface NewNode {
  readonly acl: readonly AclEntry[]
  readonly ephemeral?: boolean
  readonly kind?: Kind | undefined
}

/** Creates a node. Its parent must exist. */
export function create(path: string, data: Uint8Array, { acl, ephemeral = false, kind }: NewNode): NodeChange {
  const common = (to: JuteWriter, at: (path: string) => string) => writeAcl(to.text(at(path)).bytes(data), acl)
  if (kind === undefined)
    return {
      op: OpCode.create,
      path,
      write: (to, at) => common(to, at).int(ephemeral ? EPHEMERAL : PERSISTENT),
      skip: (from) => void from.text(),
    }
  if (kind === 'container')
    return { op: OpCode.createContainer, path, write: (to, at) => common(to, at).int(CONTAINER), skip: skipMade }
  const ttl = BigInt(kind.ttl)
  return { op: OpCode.createTtl, path, write: (to, at) => common(to, at).int(WITH_TTL).long(ttl), skip: skipMade }
}

/** The path and the state of a new node. */
function skipMade(from: JuteReader): void {
  from.text()
  readStat(from)
}

export function setData(path: string, data: Uint8Array, version = ANY_VERSION): NodeChange {
  return {
    op: OpCode.setData,
    path,
    write: (to, at) => to.text(at(path)).bytes(data).int(version),
    skip: (from) => void readStat(from),
  }
}

export function remove(path: string, version = ANY_VERSION): NodeChange {
  return { op: OpCode.remove, path, write: (to, at) => to.text(at(path)).int(version), skip() {} }
}

/** Changes nothing; changes sent together with it are made only if the node has this version. */
export function check(path: string, version: number): NodeChange {
  return { op: OpCode.check, path, write: (to, at) => to.text(at(path)).int(version), skip() {} }
}

/** Bytes of the request for this change alone. */
export function sizeOf(change: NodeChange, chroot: string): number {
  const IDS = 8
  const writer = new JuteWriter()
  change.write(writer, (path) => chroot + path)
  return IDS + writer.done().length
}

/** The request for a single change. */
export function only(change: NodeChange): Request<void> {
  return { ...change, changes: true, read: change.skip }
}

/** The operation code. A creation that returns the state of the node is a create2. */
function answeredAs({ op }: NodeChange): number {
  return op === OpCode.createContainer || op === OpCode.createTtl ? OpCode.create2 : op
}

/** The request for all of the changes at one revision, or none; then its answer throws the error of the first that failed. */
export function multi(changes: readonly NodeChange[]): Request<void> {
  return {
    op: OpCode.multi,
    changes: true,
    write(to, at) {
      for (const change of changes) change.write(to.int(change.op).bool(false).int(-1), at)
      to.int(-1).bool(true).int(-1)
    },
    read(from) {
      const paths = changes.map((change) => change.path)
      const skips = new Map(changes.map((change) => [answeredAs(change), change.skip]))
      const results = readResults(from, paths, (type) => skips.get(type)?.(from) ?? true)
      const errors = results.filter((result) => result instanceof ServerError)
      const first = errors.find(({ code }) => code !== 0 && code !== ServerCode.runtimeInconsistency) ?? errors[0]
      if (first) throw first
    },
  }
}
