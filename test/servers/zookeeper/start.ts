import { serverOf } from '../with-server.ts'
import { type ZooKeeperOptions, ZooKeeperServer } from './server.ts'

export type { ZooKeeperOptions, ZooKeeperServer } from './server.ts'

/** A ZooKeeper of the test's own. */
export function startZooKeeper(options?: ZooKeeperOptions): Promise<ZooKeeperServer> {
  return ZooKeeperServer.start(serverOf('zookeeper').programs ?? {}, options)
}
