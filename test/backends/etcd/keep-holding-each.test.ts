import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HeldTogether } from '../../../src/backends/etcd/keep-holding-each.ts'
import type { HeldLease } from '../../../src/backends/kv/holding.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { messageOf } from '../../../src/model/errors.ts'
import type { EtcdServer } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore, startWithOwnFolder } from './open.ts'

describe('leases that are renewed and checked together', () => {
  const held = ['a', 'b', 'c', 'd'].map((lease) => ({ lease, keys: [], patience: 0 }))

  function together() {
    const told: string[] = []
    const all = new HeldTogether(held, {
      kept: (places, ttls) => told.push(...places.map((at) => `${at} kept for ${ttls[at]}`)),
      lost: (at) => told.push(`${at} lost`),
      failed: (at, error) => told.push(`${at} failed: ${String(error)}`),
    })
    return { all, told }
  }

  it('are told of when both answers are there, whichever comes first', () => {
    const { all, told } = together()
    const attempt = all.attempt()
    attempt.answer(0, 15)
    attempt.answer(1, 0)
    expect(told).toEqual([])
    all.held(0, 3)
    expect(told).toEqual(['1 lost', '0 kept for 15'])
    attempt.answer(2, 7)
    all.told(3, false)
    expect(told).toEqual(['1 lost', '0 kept for 15', '2 kept for 7'])
    attempt.answer(3, 7)
    expect(told.at(-1)).toBe('3 lost')
  })

  it('are tried again where they have no answer, and end when nobody waits any more', async () => {
    const { all, told } = together()
    const first = all.attempt()
    expect(first.leases).toEqual(['a', 'b', 'c', 'd'])
    first.answer(1, 15)
    all.giveUp(0)
    const second = all.attempt()
    expect(second.leases).toEqual(['c', 'd'])
    all.held(0, 4)
    second.answer(1, 9)
    first.answer(0, 9)
    all.fail('cut off')
    await all.over
    expect(told).toEqual(['1 kept for 15', '3 kept for 9', '2 failed: cut off'])
  })

  it('fail once', async () => {
    const { all, told } = together()
    all.failed(0, 'forbidden')
    all.fail('cut off')
    all.held(0, 4)
    await all.over
    expect(told).toEqual(['0 failed: forbidden', '1 failed: cut off', '2 failed: cut off', '3 failed: cut off'])
  })
})

/** What became of each, once that is known of all but those that are given up. */
function keep(store: Store, held: readonly HeldLease[], givenUp: readonly number[] = []): Promise<string[]> {
  return new Promise((resolve) => {
    const ends: string[] = held.map(() => '')
    let open = held.length - givenUp.length
    const told = (at: number, what: string): void => {
      ends[at] += what
      open -= 1
      if (open === 0) resolve(ends)
    }
    const giveUp = store.keepHoldingEach?.(held, {
      kept: (places, ttls) => places.forEach((at) => told(at, `kept for ${ttls[at]}`)),
      lost: (at) => told(at, 'lost'),
      failed: (at, error) => told(at, messageOf(error)),
    })
    for (const at of givenUp) giveUp?.(at)
  })
}

await describeWith('etcd', 'many leases of etcd that are kept with one call', () => {
  let etcd: EtcdServer
  let root: Store
  beforeAll(async () => {
    etcd = await startWithOwnFolder()
    root = await openStore(`etcd://${etcd.endpoint}`, { user: 'root', password: 'root' })
  })
  afterAll(async () => {
    await root[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  /** A lease of a minute with a key on it. */
  async function holding(key: string): Promise<HeldLease> {
    const { lease } = await root.grant(60)
    const bytes = Buffer.from(key)
    await root.write([{ put: bytes, value: Buffer.from('value'), lease }])
    return { lease, keys: [bytes], patience: 10 }
  }

  it('are told of each by itself, time after time', async () => {
    const held = await Promise.all(Array.from({ length: 300 }, (_, at) => holding(`/own/${at}`)))
    expect(new Set(await keep(root, held))).toEqual(new Set(['kept for 60']))
    await root.revoke(held[1]?.lease ?? '')
    await root.write([{ delete: Buffer.from('/own/2') }])
    await holding('/own/200')
    const lost = new Set([1, 2, 200])
    for (let time = 0; time < 2; time++)
      expect(await keep(root, held)).toEqual(held.map((_, at) => (lost.has(at) ? 'lost' : 'kept for 60')))
  })

  it('are given up one by one', async () => {
    const held = await Promise.all([holding('/own/a'), holding('/own/b'), holding('/own/c')])
    expect(await keep(root, held, [0, 2])).toEqual(['', 'kept for 60', ''])
  })

  it('fail where the keys are hidden, and nowhere else', async () => {
    await using one = await openStore(`etcd://${etcd.endpoint}`, { user: 'one', password: 'one' })
    const held = await Promise.all([holding('/own/d'), holding('/other/e'), holding('/own/f')])
    const ends = await keep(one, held)
    expect([ends[0], ends[2]]).toEqual(['kept for 60', 'kept for 60'])
    expect(ends[1]).toContain('permission')
  })
})
