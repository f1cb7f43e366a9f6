import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openLocalStore } from '../../../src/backends/local/store.ts'
import { storeSuite } from '../kv/store-suite.ts'

const folder = await mkdtemp(join(tmpdir(), 'rollcall-local-'))
afterAll(() => rm(folder, { recursive: true }))

let files = 0
const base = Buffer.from('/suite/')

storeSuite('in a file', async () => {
  files += 1
  const store = await openLocalStore(join(folder, `${files}.db`), Date.now)
  await store.create()
  return { store, base }
})

storeSuite('in memory', async () => ({ store: await openLocalStore(undefined, Date.now), base }))
