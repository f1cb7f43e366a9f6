import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HeartbeatBatch } from '../../../src/backends/etcd/heartbeat-batch.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore } from './open.ts'

const [ONE, OTHER] = ['0000000000000001', '0000000000000002'] as const

describe('heartbeats that are sent together', () => {
  it('are answered one by one, and those for one lease together', async () => {
    const batch = new HeartbeatBatch()
    const answers = [batch.add(ONE, undefined), batch.add(ONE, undefined), batch.add(OTHER, undefined)]
    expect(batch.leases).toEqual([ONE, OTHER])
    batch.answer(ONE, 15)
    expect(await Promise.all(answers.slice(0, 2))).toEqual([15, 15])
    expect(batch.leases).toEqual([OTHER])
    batch.answer(OTHER, 0)
    expect(await answers[2]).toBe(0)
    await batch.over
  })

  it('are over when the last is given up, and the others of a lease still wait', async () => {
    const batch = new HeartbeatBatch()
    const stop = new AbortController()
    const given = [batch.add(ONE, stop.signal), batch.add(OTHER, stop.signal)]
    const kept = batch.add(ONE, undefined)
    stop.abort(new Error('given up'))
    for (const answer of given) await expect(answer).rejects.toThrow('given up')
    expect(batch.leases).toEqual([ONE])
    batch.answer(ONE, 7)
    expect(await kept).toBe(7)
    await batch.over
    await expect(batch.add(ONE, stop.signal)).rejects.toThrow('given up')
  })

  it('fail together, except for those that were answered', async () => {
    const batch = new HeartbeatBatch()
    const [first, second] = [batch.add(ONE, undefined), batch.add(OTHER, undefined)]
    batch.answer(ONE, 15)
    batch.fail(new Error('cut off'))
    expect(await first).toBe(15)
    await expect(second).rejects.toThrow('cut off')
    await batch.over
  })
})

await describeWith('etcd', 'heartbeats of many leases of etcd', () => {
  let etcd: EtcdServer
  let store: Store
  beforeAll(async () => {
    etcd = await startEtcd()
    store = await openStore(`etcd://${etcd.endpoint}`)
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  it('tell of each whether it is still there', async () => {
    const granted = await Promise.all(Array.from({ length: 300 }, () => store.grant(60)))
    const gone = new Set(granted.filter((_, at) => at % 100 === 0).map(({ lease }) => lease))
    for (const lease of gone) await store.revoke(lease)
    const leases = granted.map(({ lease }) => lease)
    const kept = await Promise.all([...leases, ...leases].map((lease) => store.keepAlive(lease)))
    expect(kept).toEqual([...leases, ...leases].map((lease) => (gone.has(lease) ? undefined : { lease, ttl: 60 })))
  })

  it('are given up one by one', async () => {
    const { lease } = await store.grant(60)
    const stop = new AbortController()
    const given = store.keepAlive(lease, { signal: stop.signal })
    const kept = store.keepAlive(lease)
    stop.abort(new Error('given up'))
    await expect(given).rejects.toThrow('given up')
    expect(await kept).toEqual({ lease, ttl: 60 })
  })
})
