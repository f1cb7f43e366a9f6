import type { Client } from '@grpc/grpc-js'
import { instance } from './fleet.ts'
import { call, encode, together } from './raw/connection.ts'
import { type Put, grant, putAll } from './raw/write.ts'

const AT_ONCE = 16
const PART = 1_000
/** Seconds: longer than any bench. */
const TTL = 86_400

/** Puts so many instances under a prefix. Each has a lease of its own, as Kratos gives it, shares it with others, or has none. */
export async function fill(client: Client, prefix: string, count: number, sharing: number | 'none' = 1): Promise<void> {
  const parts = Array.from({ length: Math.ceil(count / PART) }, (_, at) => at * PART)
  await together(parts, AT_ONCE, async (first) => {
    const puts: Put[] = []
    let lease: bigint | undefined
    for (let at = first; at < Math.min(first + PART, count); at += 1) {
      if (sharing !== 'none' && (at % sharing === 0 || at === first)) lease = await grant(client, TTL)
      puts.push({ ...instance(at, prefix), ...(lease === undefined ? {} : { lease }) })
    }
    await putAll(client, puts)
  })
}

/** Takes away all that is under a prefix. */
export async function clear(client: Client, prefix: string): Promise<void> {
  await call(
    client,
    '/etcdserverpb.KV/DeleteRange',
    encode([1, Buffer.from(`${prefix}/`)], [2, Buffer.from(`${prefix}0`)]),
  )
}
