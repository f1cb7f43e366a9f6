import { openEtcdStore } from '../../../src/backends/etcd/store.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'

const DEFAULTS: Settings = { requestTimeout: 5_000, aioTtl: 30_000 }

/** The store behind an etcd URL. */
export function openStore(url: string, settings: Partial<Settings> = {}): Promise<Store> {
  const target = etcd.parse(parseRegistryUrl(url), { ...DEFAULTS, ...settings }, {})
  return openEtcdStore(target, { logger: silent })
}
