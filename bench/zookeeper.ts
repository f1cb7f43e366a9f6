import { ANYONE, Session, create, multi } from '../src/backends/zookeeper/client/index.ts'
import { zookeeper as kind } from '../test/servers/zookeeper/provision.ts'
import { ZooKeeperServer } from '../test/servers/zookeeper/server.ts'
import { FLEET_PREFIX } from './bench.ts'
import { instance } from './fleet.ts'

const PART = 500
/** Milliseconds: longer than any bench, and the session is kept anyway. */
const SESSION = 600_000

/** A ZooKeeper of the bench's own with so many instances, whose nodes live by a session that ends with it. */
export async function startFilled(count: number): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const { programs = {} } = await kind.provision((line) => process.stderr.write(`${line}\n`))
  const server = await ZooKeeperServer.start(programs)
  const session = new Session({
    endpoints: [server.endpoint],
    chroot: '',
    tls: undefined,
    login: undefined,
    timeout: SESSION,
    patience: 60_000,
    renew: false,
  })
  const records = Array.from({ length: count }, (_, at) => instance(at))
  const folders = new Set(records.map(({ key }) => key.slice(0, key.lastIndexOf('/'))))
  const nothing = new Uint8Array()
  const changes = [
    ...[FLEET_PREFIX, ...folders].map((path) => create(path, nothing, { acl: ANYONE })),
    ...records.map(({ key, value }) => create(key, Buffer.from(value), { acl: ANYONE, ephemeral: true })),
  ]
  for (let at = 0; at < changes.length; at += PART) await session.request(multi(changes.slice(at, at + PART)))
  return {
    endpoint: server.endpoint,
    async [Symbol.asyncDispose]() {
      await session.leave()
      await server[Symbol.asyncDispose]()
    },
  }
}
