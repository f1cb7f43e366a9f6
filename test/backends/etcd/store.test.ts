import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { anyEtcd } from '../../servers/etcd/start.ts'
import { describeAt } from '../../servers/with-server.ts'
import { storeSuite } from '../kv/store-suite.ts'
import { openStore } from './open.ts'

await describeAt('etcd', 'on a real etcd', () => {
  const ours = `/rollcall-test/${randomUUID()}`
  let used = 0
  let etcd: Awaited<ReturnType<typeof anyEtcd>>
  beforeAll(async () => {
    etcd = await anyEtcd()
  })
  afterAll(async () => {
    await removeAll(etcd.endpoint, ours) // the server may be somebody's
    await etcd[Symbol.asyncDispose]()
  })

  storeSuite('etcd', async () => ({
    store: await openStore(`etcd://${etcd.endpoint}`),
    base: Buffer.from(`${ours}/${++used}/`),
  }))
})

async function removeAll(endpoint: string, folder: string): Promise<void> {
  await using store = await openStore(`etcd://${endpoint}`)
  const range = { start: Buffer.from(`${folder}/`), end: Buffer.from(`${folder}0`) }
  for await (const { records } of store.scan(range)) await store.write(records.map(({ key }) => ({ delete: key })))
}
