import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rounds } from '../../rounds.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type Way, race, ways } from './again.ts'

const RACES = rounds(250, 1_000)

function tests(url: () => string): void {
  it.each<[string, Way]>(Object.entries(ways))(
    'is never lost when it %s',
    async (_, way) => {
      const { removed, kept, lost } = await race(url(), way, RACES)
      expect(lost).toBe(0)
      expect(removed + kept).toBeGreaterThanOrEqual(RACES)
    },
    240_000,
  )
}

describe('a purge and a process that lives after all, on the embedded registry', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-again-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  tests(() => `file:${join(folder, 'r.db')}`)
})

await describeWith('etcd', 'a purge and a process that lives after all, on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  tests(() => `etcd://${server.endpoint}`)
})
