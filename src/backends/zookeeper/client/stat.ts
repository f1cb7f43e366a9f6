import type { JuteReader } from './jute.ts'

/** What a server knows of a node beside its data. */
export interface Stat {
  /** The transaction that last changed the data, or made the node. */
  readonly mzxid: bigint
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** How often the data were changed since the node was made. */
  readonly version: number
  /** The session with which the node ends; 0 where it ends with none. */
  readonly owner: bigint
  /** Where the servers remove it once nothing lies below it: a container at once, another so many milliseconds later. */
  readonly kind?: Kind
  readonly children: number
}

export type Kind = 'container' | { readonly ttl: number }

/** Source: org.apache.zookeeper.data.Stat, whose fields lie in this order. */
export function readStat(from: JuteReader): Stat {
  from.long() // czxid
  const mzxid = from.long()
  const createdAt = Number(from.long())
  from.long() // mtime
  const version = from.int()
  from.int() // cversion
  from.int() // aversion
  const held = from.long()
  from.int() // dataLength
  const children = from.int()
  from.long() // pzxid
  const kind = kindOf(BigInt.asUintN(64, held))
  return { mzxid, createdAt, version, owner: kind ? 0n : held, children, ...(kind && { kind }) }
}

const CONTAINER = 0x8000000000000000n
const TTL_MARK = 0xff0000n
const TTL_BITS = 40n

/** What stands where a session would, for a node that ends by itself. Source: org.apache.zookeeper.server.EphemeralType. */
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
