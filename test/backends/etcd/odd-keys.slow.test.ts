import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KvRecord, Operation, Store } from '../../../src/backends/kv/store.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore } from './open.ts'

/** More than the number of keys from which etcd is asked for parts of what is left. */
const SIMPLE = 22_000
const ODD = 6_000

const EVERYTHING = { start: Buffer.alloc(0), end: Buffer.alloc(0) }

await describeWith('etcd', 'a scan of thousands of odd keys in etcd', () => {
  let etcd: EtcdServer
  let store: Store
  beforeAll(async () => {
    etcd = await startEtcd()
    // Many transactions at once, on a machine that may be busy.
    store = await openStore(`etcd://${etcd.endpoint}`, { requestTimeout: 60_000 })
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  it('gives each once, in order and at one revision, while others write', async () => {
    const keys = sorted([...simpleKeys(), ...oddKeys()])
    await store.write(keys.map((key): Operation => ({ put: key, value: Buffer.from('v') })))
    const found: KvRecord[] = []
    const revisions = new Set<string>()
    for await (const { records, revision } of store.scan(EVERYTHING)) {
      found.push(...records)
      if (revisions.size === 0) await store.write(written())
      revisions.add(revision)
    }
    expect(revisions.size).toBe(1)
    expect(found.length).toBe(keys.length)
    expect(found.findIndex(({ key }, at) => Buffer.compare(key, keys[at] ?? EVERYTHING.start) !== 0)).toBe(-1)
  })
})

function* simpleKeys(): Generator<Buffer> {
  for (let at = 0; at < SIMPLE; at++) yield Buffer.from(`/services/s-${at % 70}/${at}`)
}

/** Bytes that are no text, keys that are the beginnings of others, long runs of the least and the greatest byte. */
function* oddKeys(): Generator<Buffer> {
  for (let at = 0; at < ODD; at++) {
    const digest = createHash('sha256').update(String(at)).digest()
    const run = Buffer.alloc(1 + (digest[0] ?? 0), at % 2 === 0 ? 0xff : 0)
    const kinds = [
      digest.subarray(0, 1 + (at % 12)),
      Buffer.concat([Buffer.from('/services/'), run]),
      Buffer.concat([run, digest.subarray(0, 2)]),
      Buffer.concat([Buffer.from('/services/s-7'), Buffer.alloc(at % 50, 0x2f), digest.subarray(0, 1)]),
    ]
    yield kinds[at % kinds.length] ?? run
  }
}

/** Changes that come after the revision of the scan: none of it may be seen. */
function written(): Operation[] {
  return Array.from({ length: 100 }, (_, at) => ({
    put: Buffer.from(`/services/s-9/later-${at}`),
    value: Buffer.from(''),
  }))
}

function sorted(keys: readonly Buffer[]): Buffer[] {
  const all = new Map(keys.map((key) => [key.toString('latin1'), key]))
  return [...all.values()].sort((a, b) => Buffer.compare(a, b))
}
