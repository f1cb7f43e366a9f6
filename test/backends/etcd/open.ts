import { openEtcdStore } from '../../../src/backends/etcd/store.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'

/** The store behind an etcd URL. */
export function openStore(url: string, settings: Partial<Settings> = {}): Promise<Store> {
  const target = etcd.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, {})
  return openEtcdStore(target, { logger: silent })
}
