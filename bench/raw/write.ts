import type { Client } from '@grpc/grpc-js'
import { call } from './connection.ts'
import { Fields, encode } from './protobuf.ts'

const BATCH = 100

export interface Put {
  readonly key: string
  readonly value: string
  readonly lease?: bigint
}

/** Puts in transactions of a hundred. */
export async function putAll(client: Client, puts: readonly Put[]): Promise<void> {
  for (let at = 0; at < puts.length; at += BATCH)
    await call(client, '/etcdserverpb.KV/Txn', Buffer.concat(puts.slice(at, at + BATCH).map(putIn)))
}

/** One operation of a TxnRequest. */
function putIn({ key, value, lease }: Put): Buffer {
  const put = encode([1, Buffer.from(key)], [2, Buffer.from(value)], [3, lease])
  return encode([2, encode([2, put])])
}

/** The id of a new lease, TTL in seconds. */
export async function grant(client: Client, ttl: number): Promise<bigint> {
  const answer = new Fields(await call(client, '/etcdserverpb.Lease/LeaseGrant', encode([1, ttl])))
  for (let field = answer.next(); field !== 0; field = answer.next()) {
    if (field === 2) return answer.long()
    answer.skip()
  }
  throw new Error('no lease in the answer')
}

export async function revoke(client: Client, lease: bigint): Promise<void> {
  await call(client, '/etcdserverpb.Lease/LeaseRevoke', encode([1, lease]))
}
