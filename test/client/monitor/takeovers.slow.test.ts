import { afterAll, beforeAll, expect, it } from 'vitest'
import { built } from '../../cli/built.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { takeovers } from './takeovers.ts'

const TTL = 5_000

await describeWith('etcd', 'two servers on one etcd', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  it('mark the dead in time and nobody else, however the one that acts ends', async () => {
    const { program } = await built()
    const url = `etcd://${etcd.endpoint}`
    const { turns, wronglyDown, markedTwice } = await takeovers({ program, url, turns: 2, instances: 200, ttl: TTL })
    expect(wronglyDown).toEqual([])
    expect(markedTwice).toBe(0)
    for (const { lateness } of turns) for (const late of lateness) expect(late).toBeLessThan(3 * TTL)
  }, 120_000)
})
