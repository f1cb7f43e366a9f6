import { etcd } from '../etcd/provision.ts'
import { goPrograms } from '../go-programs.ts'
import type { ServerKind } from '../kinds.ts'

const apiServer = goPrograms({
  name: 'kubernetes',
  folder: import.meta.dirname,
  variable: 'ROLLCALL_TEST_KUBERNETES',
  commands: { 'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver' },
})

/** kube-apiserver, from PATH, the cache, else built with Go at the version of go.mod (6 minutes of a core), and the etcd it stores in. */
export const kubernetes: ServerKind = {
  name: 'kubernetes',
  async provision(progress) {
    const [own, store] = [await apiServer.provision(progress), await etcd.provision(progress)]
    return own.programs && store.programs ? { programs: { ...own.programs, ...store.programs } } : own
  },
}
