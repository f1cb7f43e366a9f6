import type { Client } from '@grpc/grpc-js'
import { call, encode } from './connection.ts'

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
  const answer = await call(client, '/etcdserverpb.Lease/LeaseGrant', encode([1, ttl]))
  return leaseIn(answer)
}

/** LeaseGrantResponse: a header, then the lease's id as field 2. */
function leaseIn(answer: Buffer): bigint {
  let at = 2 + (answer[1] ?? 0)
  if (answer[at] !== 0x10) throw new Error('no lease in the answer')
  let [id, shift] = [0n, 0n]
  for (;;) {
    at += 1
    const byte = answer[at] ?? 0
    id |= BigInt(byte & 127) << shift
    if (byte < 128) return id
    shift += 7n
  }
}
