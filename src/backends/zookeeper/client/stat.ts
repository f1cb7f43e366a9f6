import type { JuteReader } from './jute.ts'

/** What a server knows of a node beside its data. */
export interface Stat {
  /** The transaction that last changed the data, or made the node. */
  readonly mzxid: bigint
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** How often the data were changed since the node was made. */
  readonly version: number
  /** The session with which the node ends; 0 where it stays. */
  readonly owner: bigint
  readonly children: number
}

/** Source: org.apache.zookeeper.data.Stat, whose fields lie in this order. */
export function readStat(from: JuteReader): Stat {
  from.long() // czxid
  const mzxid = from.long()
  const createdAt = Number(from.long())
  from.long() // mtime
  const version = from.int()
  from.int() // cversion
  from.int() // aversion
  const owner = from.long()
  from.int() // dataLength
  const children = from.int()
  from.long() // pzxid
  return { mzxid, createdAt, version, owner, children }
}

/** A node with its data. */
export interface Node {
  readonly data: Buffer
  readonly stat: Stat
}

export function readNode(from: JuteReader): Node {
  const data = from.copy()
  return { data, stat: readStat(from) }
}
