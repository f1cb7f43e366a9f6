import type { Node, Stat } from './client/index.ts'
import type { KvRecord } from '../kv/store.ts'

/** A node as the stores' common interface has it. */
export function recordOf(path: string, { data, stat }: Node): KvRecord {
  return {
    key: Buffer.from(path),
    value: data,
    revision: revisionOf(stat),
    ...(stat.owner === 0n ? {} : { lease: leaseOf(stat.owner) }),
    createdAt: stat.createdAt,
    children: stat.children,
  }
}

/** The transaction of the last change: unlike the version, it never comes again when a node is made anew. */
export function revisionOf({ mzxid }: Stat): string {
  return String(mzxid)
}

/** A session in hexadecimal, as ZooKeeper's own tools show it after `0x`. */
export function leaseOf(session: bigint): string {
  return BigInt.asUintN(64, session).toString(16)
}
