import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/backends/kv/store.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { WatchLog } from '../kv/suite/watch-log.ts'
import { openStore } from './open.ts'
import { Writer } from './writer.ts'

const RANGE = { start: Buffer.from('/cluster/'), end: Buffer.from('/cluster0') }

await describeWith('etcd', 'a cluster of three', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd({ members: 3 })
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  const open = (): Promise<Store> => openStore(`etcd://${etcd.endpoint}`, { requestTimeout: 3_000 })

  it('serves as long as two live, whichever is away', { timeout: 120_000 }, async () => {
    await using store = await open()
    await using other = await open()
    const since = (await store.write([{ put: Buffer.from('/cluster/a'), value: Buffer.from('') }]))[0]?.revision ?? ''
    const log = new WatchLog(store, RANGE, since)
    const writer = new Writer(other, ['/cluster/'])
    for (const member of etcd.members) {
      await writer.more(20)
      await member.stop()
      await writer.more(20)
      expect(await store.count(RANGE)).toBeGreaterThan(0)
      await member.restart()
    }
    await writer.stop()
    const last = writer.revisions.at(-1) ?? ''
    await log.until(() => log.revisions().includes(last), 60_000)
    const again = new WatchLog(store, RANGE, since)
    await again.until(() => again.revisions().includes(last))
    expect(log.revisions()).toEqual(again.revisions())
    const told = new Set(log.revisions())
    expect(writer.revisions.filter((revision) => !told.has(revision))).toEqual([])
  })

  it('leaves a member that has lost the others', { timeout: 120_000 }, async () => {
    const [alone, second, third] = etcd.members
    await using store = await openStore(`etcd://${alone?.endpoint},${second?.endpoint}`, { requestTimeout: 3_000 })
    const log = new WatchLog(store, RANGE, await revisionOf(store))
    await Promise.all([second?.stop(), third?.stop()])
    await log.until(() => log.links().includes('down'), 60_000)
    const error = await store.count(RANGE).catch((thrown: unknown) => thrown)
    expect(['unreachable', 'timeout']).toContain(Reflect.get(Object(error), 'code'))
    await Promise.all([second?.restart(), third?.restart()])
    await log.until(() => log.links().at(-1) === 'up', 60_000)
    const [outcome] = await store.write([{ put: Buffer.from('/cluster/again'), value: Buffer.from('') }])
    await log.until(() => log.revisions().includes(outcome?.revision ?? ''))
    log.stop()
  })
})

async function revisionOf(store: Store): Promise<string> {
  for await (const page of store.scan(RANGE, { limit: 1 })) return page.revision
  return ''
}
