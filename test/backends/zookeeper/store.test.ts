import { afterAll, beforeAll } from 'vitest'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { storeSuite } from '../kv/store-suite.ts'
import { openStore } from './open.ts'

for (const old of [false, true])
  await describeWith('zookeeper', `on a real ZooKeeper${old ? ' 3.5' : ''}`, () => {
    let server: ZooKeeperServer
    let used = 0
    beforeAll(async () => {
      server = await startZooKeeper({ old })
    })
    afterAll(() => server[Symbol.asyncDispose]())

    storeSuite(`zookeeper${old ? ' 3.5' : ''}`, async () => ({
      store: await openStore(`zookeeper://${server.endpoint}`),
      base: Buffer.from(`/suite/${++used}/`),
      paths: true,
    }))
  })
