import { afterAll, beforeAll } from 'vitest'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { storeSuite } from '../kv/store-suite.ts'
import { openStore } from './open.ts'

describeWith('etcd', 'on a real etcd', () => {
  let etcd: EtcdServer
  let used = 0
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  storeSuite('etcd', async () => ({
    store: await openStore(`etcd://${etcd.endpoint}`),
    base: Buffer.from(`/suite/${++used}/`),
  }))
})
