import type { Client } from '@grpc/grpc-js'
import { call } from './connection.ts'
import { Fields, encode } from './protobuf.ts'

const PAGE = 5_000

export interface KeyValue {
  readonly key: Buffer
  readonly value: Buffer
  readonly revision: number
  readonly lease: bigint
}

/** All keys under a prefix, in pages at one revision; the next one is asked for while this one is used. */
export async function* pages(client: Client, prefix: string): AsyncGenerator<readonly KeyValue[]> {
  const end = Buffer.from(`${prefix}0`)
  let revision: number | undefined
  const ask = (key: Uint8Array): Promise<Buffer> =>
    call(client, '/etcdserverpb.KV/Range', encode([1, key], [2, end], [3, PAGE], [4, revision]))
  let next: Promise<Buffer> | undefined = ask(Buffer.from(`${prefix}/`))
  while (next) {
    const page = pageIn(new Fields(await next))
    revision ??= page.revision
    const last = page.records.at(-1)
    next = page.more && last ? ask(Buffer.concat([last.key, Buffer.of(0)])) : undefined
    yield page.records
  }
}

function pageIn(answer: Fields): { revision: number; more: boolean; records: KeyValue[] } {
  const records: KeyValue[] = []
  let [revision, more] = [0, false]
  for (let field = answer.next(); field !== 0; field = answer.next()) {
    if (field === 1) revision = revisionIn(answer.message())
    else if (field === 2) records.push(keyValueIn(answer.message()))
    else if (field === 3) more = answer.number() !== 0
    else answer.skip()
  }
  return { revision, more, records }
}

/** Of a ResponseHeader. */
function revisionIn(header: Fields): number {
  let revision = 0
  for (let field = header.next(); field !== 0; field = header.next()) {
    if (field === 3) revision = header.number()
    else header.skip()
  }
  return revision
}

export function keyValueIn(record: Fields): KeyValue {
  let [key, value]: Buffer[] = []
  let [revision, lease] = [0, 0n]
  for (let field = record.next(); field !== 0; field = record.next()) {
    if (field === 1) key = record.bytes()
    else if (field === 3) revision = record.number()
    else if (field === 5) value = record.bytes()
    else if (field === 6) lease = record.long()
    else record.skip()
  }
  return { key: key ?? Buffer.alloc(0), value: value ?? Buffer.alloc(0), revision, lease }
}
