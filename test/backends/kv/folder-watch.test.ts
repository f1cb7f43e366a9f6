import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/backends/kv/store.ts'
import { openLocalStore } from '../../../src/backends/local/store.ts'
import { Client } from '../../../src/client/client.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore as openEtcd } from '../etcd/open.ts'
import { patientTarget } from '../../patience.ts'

const kratos = (id: string) => JSON.stringify({ id, name: 'sre', version: '', metadata: {}, endpoints: ['grpc://h:1'] })

/** A record that comes or goes decides how the one beside it is read: a watch tells that as an event. */
function verdictsThatTurn(open: () => Promise<{ store: Store; url: string }>): void {
  it.each(['', '/', '/kratos'])(
    'tells an instance that another record makes foreign, under the prefix %j',
    async (prefix) => {
      const { store, url } = await open()
      await using client = await Client.open(patientTarget(url, { prefix }))
      const { lease } = await store.grant(600)
      const put = (key: string, value: string) =>
        store.write([{ put: Buffer.from(key), value: Buffer.from(value), lease }])
      const remove = (key: string) => store.write([{ delete: Buffer.from(key) }])
      await put('/kratos/sre/a', '10.0.0.1:80')
      const seen: string[] = []
      let turns = 0
      const stop = new AbortController()
      for await (const event of client.watch({}, { signal: stop.signal })) {
        if ('entry' in event) seen.push(`${event.type} ${event.entry.service}/${event.entry.instance.id}`)
        if (event.type === 'synced') await put('/kratos/sre/b', kratos('b'))
        if (seen.includes('removed sre/a') && seen.includes('added sre/b') && turns++ === 0)
          await remove('/kratos/sre/b')
        if (seen.includes('added sre/a') && seen.includes('removed sre/b')) stop.abort()
      }
      expect(seen[0]).toBe('snapshot sre/a')
      expect(seen.slice(1, 3).toSorted()).toEqual(['added sre/b', 'removed sre/a'])
      expect(seen.slice(3).toSorted()).toEqual(['added sre/a', 'removed sre/b'])
      await remove('/kratos/sre/a')
    },
  )
}

describe('readings that depend on their folder, embedded', () => {
  let folder: string
  let store: Awaited<ReturnType<typeof openLocalStore>>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-folder-watch-'))
    store = await openLocalStore(join(folder, 'r.db'), Date.now)
    await store.create()
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  verdictsThatTurn(async () => ({ store, url: `file:${join(folder, 'r.db')}` }))
})

await describeWith('etcd', 'readings that depend on their folder, on etcd', () => {
  let server: EtcdServer
  let store: Store
  beforeAll(async () => {
    server = await startEtcd()
    store = await openEtcd(`etcd://${server.endpoint}`)
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  verdictsThatTurn(async () => ({ store, url: `etcd://${server.endpoint}` }))
})
