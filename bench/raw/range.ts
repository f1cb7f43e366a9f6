import type { Client } from '@grpc/grpc-js'
import type { KvRecord } from '../../src/backends/kv/store.ts'
import { decodeRange } from '../../src/backends/etcd/wire.ts'
import { call, encode } from './connection.ts'

const PAGE = 5_000

/** All keys under a prefix, in pages at one revision; the next one is asked for while this one is used. */
export async function* pages(client: Client, prefix: string): AsyncGenerator<readonly KvRecord[]> {
  const end = Buffer.from(`${prefix}0`)
  let revision: number | undefined
  const ask = (key: Uint8Array): Promise<Buffer> =>
    call(client, '/etcdserverpb.KV/Range', encode([1, key], [2, end], [3, PAGE], [4, revision]))
  let next: Promise<Buffer> | undefined = ask(Buffer.from(`${prefix}/`))
  while (next) {
    const answer = decodeRange(await next)
    revision ??= Number(answer.revision)
    const records = answer.records(0, answer.length)
    const last = records.at(-1)
    next = answer.more && last ? ask(Buffer.concat([last.key, Buffer.of(0)])) : undefined
    yield records
  }
}
