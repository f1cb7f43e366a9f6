import { zookeeper as kind } from '../../test/servers/zookeeper/provision.ts'
import { ZooKeeperServer } from '../../test/servers/zookeeper/server.ts'
import type { Serving } from '../harness/process.ts'
import { connectRaw, int, text } from '../raw/zookeeper.ts'
import { PREFIX, instance } from './fleet.ts'
import { programsOf } from './provide.ts'

const CREATE = 1
const MULTI = 14
const EPHEMERAL = 1
const ALL_RIGHTS = 31
const PART = 500
/** Milliseconds, longer than the row takes: the server's most. */
const SESSION = 3_600_000

/** A ZooKeeper of the bench's own with so many instances, whose nodes live by a session that ends with it. */
export async function startZooKeeper(
  count: number,
): Promise<AsyncDisposable & Serving & { readonly endpoint: string }> {
  const server = await ZooKeeperServer.start(await programsOf(kind))
  const session = await connectRaw(server.endpoint, SESSION)
  const records = Array.from({ length: count }, (_, at) => instance(at))
  const folders = new Set(records.map(({ key }) => key.slice(0, key.lastIndexOf('/'))))
  const changes = [
    ...[PREFIX, ...folders].map((path) => creation(path, '', 0)),
    ...records.map(({ key, value }) => creation(key, value, EPHEMERAL)),
  ]
  const end = Buffer.concat([int(-1), Buffer.of(1), int(-1)])
  for (let at = 0; at < changes.length; at += PART)
    await session.ask(MULTI, Buffer.concat([...changes.slice(at, at + PART), end]))
  return {
    endpoint: server.endpoint,
    pids: server.pids,
    async [Symbol.asyncDispose]() {
      session.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** One operation of a multi: its header, then a CreateRequest, with a node that anyone may use. */
function creation(path: string, data: string, flags: number): Buffer {
  const header = [int(CREATE), Buffer.of(0), int(-1)]
  const acl = [int(1), int(ALL_RIGHTS), text('world'), text('anyone')]
  return Buffer.concat([...header, text(path), text(data), ...acl, int(flags)])
}
