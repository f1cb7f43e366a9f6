import type { Store } from '../../src/backends/kv/store.ts'
import { Client } from '../../src/client/client.ts'
import { openStore } from '../backends/zookeeper/open.ts'
import { type FrameworkRecord, load } from '../cli/frameworks.ts'
import { type Ran, run } from '../cli/run.ts'
import { patientTarget } from '../patience.ts'
import { type ZooKeeperServer, startZooKeeper } from '../servers/zookeeper/start.ts'

/** A ZooKeeper of its own with the records of frameworks. */
export class FilledZooKeeper implements AsyncDisposable {
  readonly url: string
  readonly store: Store
  readonly #server: ZooKeeperServer

  private constructor(server: ZooKeeperServer, url: string, store: Store) {
    this.#server = server
    this.url = url
    this.store = store
  }

  static async start(records: readonly FrameworkRecord[]): Promise<FilledZooKeeper> {
    const server = await startZooKeeper()
    const url = `zookeeper://${server.endpoint}`
    const store = await openStore(url)
    await load(store, records)
    return new FilledZooKeeper(server, url, store)
  }

  open(settings: Parameters<typeof patientTarget>[1] = {}): Promise<Client> {
    return Client.open(patientTarget(this.url, settings))
  }

  rollcall(line: string, ...more: string[]): Promise<Ran> {
    return run([...line.split(' '), '-r', this.url, ...more])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]()
    await this.#server[Symbol.asyncDispose]()
  }
}
