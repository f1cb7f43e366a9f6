import { goPrograms } from '../go-programs.ts'

/** etcd and etcdctl: an endpoint in ROLLCALL_TEST_ETCD, PATH, the cache, else built with Go at the versions of go.mod. */
export const etcd = goPrograms({
  name: 'etcd',
  folder: import.meta.dirname,
  variable: 'ROLLCALL_TEST_ETCD',
  commands: { etcd: 'go.etcd.io/etcd/server/v3', etcdctl: 'go.etcd.io/etcd/etcdctl/v3' },
})
