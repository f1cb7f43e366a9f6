import { afterAll, beforeAll } from 'vitest'
import { etcd } from '../../src/backends/etcd/driver.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { kvRegistry } from './kv-registry.ts'
import { WRITTEN, conformance, partsOf } from './suite.ts'

await describeWith('etcd', 'conformance on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  for (const layout of ['auto', ...WRITTEN] as const)
    conformance(
      `etcd, layout ${layout}`,
      etcd.capabilities(layout),
      async () =>
        kvRegistry({
          driver: etcd,
          url: `etcd://${server.endpoint}`,
          layout,
          forget: () => compact(server),
          close: () => server.removeAll(),
        }),
      { parts: partsOf(layout) },
    )
})

async function compact(server: EtcdServer): Promise<void> {
  const revision = /"revision":(\d+)/.exec(await server.etcdctl('get', 'nothing', '-w', 'json'))?.[1]
  await server.etcdctl('compact', revision ?? 'unknown')
}
