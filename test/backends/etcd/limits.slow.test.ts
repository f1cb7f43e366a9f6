import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KvRecord, Store } from '../../../src/backends/kv/store.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore } from './open.ts'

const RANGE = { start: Buffer.from('/big/'), end: Buffer.from('/big0') }
const MB = 1 << 20

await describeWith('etcd', 'the limits of etcd', () => {
  let etcd: EtcdServer
  let store: Store
  beforeAll(async () => {
    etcd = await startEtcd({ quota: 96 * MB })
    store = await openStore(`etcd://${etcd.endpoint}`)
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  it('reads and removes twenty megabytes in pages of less than four', async () => {
    const small = Array.from({ length: 20_000 }, (_, at) => ({ put: key(`a/${at}`), value: Buffer.alloc(400) }))
    const large = Array.from({ length: 8_000 }, (_, at) => ({ put: key(`b/${at}`), value: Buffer.alloc(1_600) }))
    await store.write([...small, ...large])
    const records: KvRecord[] = []
    const sizes: number[] = []
    for await (const page of store.scan(RANGE)) {
      records.push(...page.records)
      sizes.push(sizeOf(page.records))
    }
    expect(records).toHaveLength(28_000)
    expect(sizeOf(records)).toBeGreaterThan(20_000_000)
    expect(sizes.filter((size) => size > 4 * MB)).toEqual([])
    const outcomes = await store.write(records.map(({ key: at, revision }) => ({ delete: at, expect: revision })))
    expect(outcomes.every((outcome) => outcome.result === 'done')).toBe(true)
    expect(await store.count(RANGE)).toBe(0)
  })

  it('writes values that together would not fit into one request', async () => {
    const operations = Array.from({ length: 6 }, (_, at) => ({ put: key(`c/${at}`), value: Buffer.alloc(MB) }))
    const outcomes = await store.write(operations)
    expect(outcomes.map((outcome) => outcome.result)).toEqual(operations.map(() => 'done'))
  })

  it('says that a record is too large', async () => {
    await expect(store.write([{ put: key('d'), value: Buffer.alloc(2 * MB) }])).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('too large'),
    })
  })

  it('refuses what is no lease', async () => {
    await expect(store.keepAlive('not-hex')).rejects.toMatchObject({ code: 'usage' })
  })

  it('says that the quota is used up, and still reads and removes', async () => {
    const fill = async () => {
      for (let at = 0; at < 200; at++) await store.write([{ put: key(`full/${at}`), value: Buffer.alloc(MB) }])
    }
    await expect(fill()).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('NOSPACE'),
      hint: expect.stringContaining('alarm disarm'),
    })
    expect(await store.count(RANGE)).toBeGreaterThan(0)
    const [outcome] = await store.write([{ delete: key('full/0') }])
    expect(outcome?.result).toBe('done')
  })
})

function key(rest: string): Buffer {
  return Buffer.from(`/big/${rest}`)
}

function sizeOf(records: readonly KvRecord[]): number {
  return records.reduce((sum, record) => sum + record.key.length + record.value.length, 0)
}
