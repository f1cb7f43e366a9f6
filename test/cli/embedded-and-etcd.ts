import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'

/** The URL of a registry that is empty; on a server it is emptied for that. */
export type Fresh = () => Promise<string>

/** What only one of the two is tested for, beside the others. */
export interface Alone {
  readonly onEmbedded?: () => void
  readonly onEtcd?: (server: () => EtcdServer) => void
}

/** The same tests on the embedded registry, in a file, and on a real etcd of their own. */
export async function onEmbeddedAndEtcd(
  title: string,
  tests: (fresh: Fresh) => void,
  { onEmbedded, onEtcd }: Alone = {},
): Promise<void> {
  describe(`${title}, on the embedded registry`, () => {
    let folder: string
    let files = 0
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rollcall-registries-'))
    })
    afterAll(() => rm(folder, { recursive: true }))
    tests(async () => `file:${join(folder, `${++files}.db`)}`)
    onEmbedded?.()
  })

  await describeWith('etcd', `${title}, on etcd`, () => {
    let server: EtcdServer
    beforeAll(async () => {
      server = await startEtcd()
    })
    afterAll(() => server[Symbol.asyncDispose]())
    tests(async () => {
      await server.removeAll()
      return `etcd://${server.endpoint}`
    })
    onEtcd?.(() => server)
  })
}
