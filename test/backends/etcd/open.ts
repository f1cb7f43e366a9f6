import { openEtcdStore } from '../../../src/backends/etcd/store.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'

/** The store behind an etcd URL. */
export function openStore(url: string, settings: Partial<Settings> = {}): Promise<Store> {
  const target = etcd.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, {})
  return openEtcdStore(target, { logger: silent })
}

/** An etcd whose user `one` may read and write below /own/ alone; root's password is `root`. */
export function startWithOwnFolder(): Promise<EtcdServer> {
  return startEtcd({
    auth: {
      roles: { own: [{ may: 'readwrite', key: '/own/', prefix: true }] },
      users: { one: { password: 'one', roles: ['own'] } },
    },
  })
}
