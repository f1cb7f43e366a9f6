import type { Client } from '@grpc/grpc-js'
import { call } from '../raw/connection.ts'
import { encode } from '../raw/protobuf.ts'
import { together } from '../raw/together.ts'
import { type Put, grant, putAll } from '../raw/write.ts'
import { type Shape, instance } from './fleet.ts'

const AT_ONCE = 16
const PART = 1_000
/** Seconds: longer than any bench. */
const TTL = 86_400

export interface Filling extends Shape {
  /** How many instances have one lease. 1, as Kratos does it, unless said otherwise. */
  readonly sharing?: number | 'none'
}

/** Puts so many instances into an etcd. */
export async function fill(client: Client, count: number, { sharing = 1, ...shape }: Filling = {}): Promise<void> {
  const parts = Array.from({ length: Math.ceil(count / PART) }, (_, at) => at * PART)
  await together(parts, AT_ONCE, async (first) => {
    const puts: Put[] = []
    let lease: bigint | undefined
    for (let at = first; at < Math.min(first + PART, count); at += 1) {
      if (sharing !== 'none' && (at % sharing === 0 || at === first)) lease = await grant(client, TTL)
      puts.push({ ...instance(at, shape), ...(lease === undefined ? {} : { lease }) })
    }
    await putAll(client, puts)
  })
}

/** Removes all that is under a prefix. */
export async function clear(client: Client, prefix: string): Promise<void> {
  await call(
    client,
    '/etcdserverpb.KV/DeleteRange',
    encode([1, Buffer.from(`${prefix}/`)], [2, Buffer.from(`${prefix}0`)]),
  )
}
