import type { JuteReader } from './jute.ts'

/** The state of a node, apart from its data. */
export interface Stat {
  /** The transaction that last changed the data, or created the node. */
  readonly mzxid: bigint
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** The number of changes of the data since the node was created. */
  readonly version: number
  /** The session with which the node ends; 0 for a persistent node. */
  readonly owner: bigint
  /** Set for nodes that the servers remove once they have no children: a container soon, others after `ttl` milliseconds. */
  readonly kind?: Kind
  readonly children: number
}

export type Kind = 'container' | { readonly ttl: number }

/** Source: org.apache.zookeeper.data.Stat, whose fields lie in this order. */
export function readStat(from: JuteReader): Stat {
  from.skip(8) // czxid
  const mzxid = from.long()
  const createdAt = from.number()
  from.skip(8) // mtime
  const version = from.int()
  from.skip(8) // cversion, aversion
  const held = from.long()
  from.skip(4) // dataLength
  const children = from.int()
  from.skip(8) // pzxid
  // Nearly every node belongs to a session or to none: both are numbers from 0 on.
  const kind = held < 0n ? kindOf(BigInt.asUintN(64, held)) : undefined
  if (kind === undefined) return { mzxid, createdAt, version, owner: held, children }
  return { mzxid, createdAt, version, owner: 0n, children, kind }
}

const CONTAINER = 0x8000000000000000n
const TTL_MARK = 0xff0000n
const TTL_BITS = 40n

/** The value in place of a session for a node that the servers remove. Source: org.apache.zookeeper.server.EphemeralType. */
function kindOf(held: bigint): Kind | undefined {
  if (held === CONTAINER) return 'container'
  if (held >> TTL_BITS === TTL_MARK) return { ttl: Number(BigInt.asUintN(Number(TTL_BITS), held)) }
  return undefined
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
