import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { Client, type ClientOptions } from '../../../src/client/client.ts'
import { anyEtcd } from '../../servers/etcd/start.ts'
import { describeAt, describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { patientTarget } from '../../patience.ts'

/** A registry of a test's own, and clients of it as other processes would have them. */
export class Registry {
  readonly #url: string
  readonly #clients: Client[] = []

  constructor(url: string) {
    this.#url = url
  }

  async open(settings: Partial<Settings> = {}, options: ClientOptions = {}): Promise<Client> {
    const client = await Client.open(patientTarget(this.#url, settings), options)
    this.#clients.push(client)
    return client
  }

  /** As when its process is killed: nothing is given up or removed. */
  async crash(client: Client): Promise<void> {
    this.#clients.splice(this.#clients.indexOf(client), 1)
    await client[Symbol.asyncDispose]()
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()))
  }
}

/** The same tests on the embedded file, on a real etcd and on a real ZooKeeper. */
export async function onEveryStore(title: string, tests: (registry: () => Registry) => void): Promise<void> {
  let runs = 0
  const withRegistry = (url: () => string): void => {
    let current: Registry | undefined
    afterEach(async () => {
      await current?.close()
      current = undefined
    })
    tests(() => (current ??= new Registry(url())))
  }

  describe(`${title}, in the embedded file`, () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rollcall-monitor-'))
    })
    afterAll(() => rm(folder, { recursive: true }))
    withRegistry(() => `file:${join(folder, `${++runs}.db`)}`)
  })

  await describeAt('etcd', `${title}, on etcd`, () => {
    let etcd: Awaited<ReturnType<typeof anyEtcd>>
    beforeAll(async () => {
      etcd = await anyEtcd()
    })
    afterAll(() => etcd[Symbol.asyncDispose]())
    withRegistry(() => `etcd://${etcd.endpoint}?prefix=/test-${process.pid}-${++runs}`)
  })

  await describeWith('zookeeper', `${title}, on ZooKeeper`, () => {
    let server: ZooKeeperServer
    beforeAll(async () => {
      server = await startZooKeeper({ minSession: 1_000 })
    })
    afterAll(() => server[Symbol.asyncDispose]())
    withRegistry(() => `zookeeper://${server.endpoint}?prefix=/test-${++runs}`)
  })
}
