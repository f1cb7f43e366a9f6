import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { race } from './race.ts'
import { rounds } from '../../rounds.ts'

const RACES = rounds(500, 1_000)

await describeWith('etcd', 'a purge and an instance that registers again', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it(`race ${RACES} times, and no live instance is removed`, async () => {
    const { removed, changed, lost } = await race(`etcd://${server.endpoint}`, RACES)
    expect(lost).toBe(0)
    expect(removed + changed).toBe(RACES)
    expect(Math.min(removed, changed)).toBeGreaterThan(0)
  }, 600_000)
})
