import type { Settings } from '../../../src/backends/contract/driver.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { zookeeper } from '../../../src/backends/zookeeper/driver.ts'
import { openZooKeeperStore } from '../../../src/backends/zookeeper/store.ts'
import { silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'

/** The store behind a ZooKeeper URL. */
export function openStore(url: string, settings: Partial<Settings> = {}): Promise<Store> {
  const target = zookeeper.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, {})
  return openZooKeeperStore(target, { logger: silent })
}
