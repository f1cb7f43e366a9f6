import { afterAll, beforeAll } from 'vitest'
import { zookeeper } from '../../src/backends/zookeeper/driver.ts'
import { openStore } from '../backends/zookeeper/open.ts'
import { describeWith } from '../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../servers/zookeeper/start.ts'
import { kvRegistry } from './kv-registry.ts'
import { WRITTEN_IN_TREE, conformance, partsOf } from './suite.ts'

await describeWith('zookeeper', 'conformance on ZooKeeper', () => {
  let server: ZooKeeperServer
  let used = 0
  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  for (const layout of ['auto', ...WRITTEN_IN_TREE] as const)
    conformance(
      `zookeeper, layout ${layout}`,
      zookeeper.capabilities(layout),
      async () => kvRegistry({ driver: zookeeper, url: await newRoot(server, ++used), layout, close: async () => {} }),
      { parts: partsOf(layout) },
    )
})

/** A chroot of its own, so that nothing lies there. */
async function newRoot({ endpoint }: ZooKeeperServer, number: number): Promise<string> {
  await using store = await openStore(`zookeeper://${endpoint}`)
  await store.write([{ put: Buffer.from(`/root${number}`), value: new Uint8Array() }])
  return `zookeeper://${endpoint}/root${number}`
}
