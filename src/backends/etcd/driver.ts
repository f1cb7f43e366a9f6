import { LAYOUTS } from '../../model/observed.ts'
import type { Driver } from '../contract/backend.ts'
import { kvCapabilities } from '../kv/capabilities.ts'
import { getting } from '../contract/sign.ts'
import { completeTarget } from './target.ts'

/** etcd 3.4 and newer, over gRPC. */
export const etcd: Driver = {
  name: 'etcd',
  schemes: ['etcd', 'etcds', 'etcd+srv'],
  port: 2379,
  environment: [
    { name: 'ETCDCTL_ENDPOINTS', meaning: 'the endpoints that "etcd:" alone stands for' },
    { name: 'ETCDCTL_USER', meaning: 'the user, or user:password', secret: true, login: true },
    { name: 'ETCDCTL_PASSWORD', meaning: 'the password', secret: true, login: true },
    { name: 'ETCDCTL_CACERT', meaning: 'a PEM file with the authorities that servers are checked against' },
    { name: 'ETCDCTL_CERT', meaning: 'a PEM file with the client certificate', login: true },
    { name: 'ETCDCTL_KEY', meaning: 'a PEM file with its key', login: true },
  ],
  sign: { title: 'etcd', ask: getting('/version'), shows: /"etcdserver"/ },
  parameters: ['prefix', 'layout'],
  layouts: LAYOUTS,

  capabilities: (layout) => kvCapabilities(layout, { history: true }),

  parse: completeTarget,

  async open(target, options) {
    const [{ openEtcdStore }, { KvBackend }] = await Promise.all([import('./store.ts'), import('../kv/adapter.ts')])
    return new KvBackend(await openEtcdStore(target, options), target, options)
  },
}
