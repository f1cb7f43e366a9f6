import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
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

  it.each([['that was used'], ['that was not used']])(
    'a store %s says of each request that it was closed',
    async (how) => {
      const store = await openStore(`etcd://${etcd.endpoint}`)
      if (how === 'that was used') await store.revoke((await store.grant(60)).lease)
      const late = store.grant(60)
      await store[Symbol.asyncDispose]()
      const range = { start: Buffer.from(ours), end: Buffer.from(`${ours}0`) }
      const ends = await Promise.allSettled([late, store.grant(60), store.count(range), store.keepAlive('1')])
      const message = `etcd: ${etcd.endpoint}: the registry was closed`
      for (const end of ends) expect(end).toMatchObject({ reason: { code: 'unreachable', message } })
    },
  )
})

async function removeAll(endpoint: string, folder: string): Promise<void> {
  await using store = await openStore(`etcd://${endpoint}`)
  const range = { start: Buffer.from(`${folder}/`), end: Buffer.from(`${folder}0`) }
  for await (const { records } of store.scan(range)) await store.write(records.map(({ key }) => ({ delete: key })))
}
