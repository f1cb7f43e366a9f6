import { layoutsIn } from '../../layouts/index.ts'
import type { Driver } from '../contract/driver.ts'
import { kvCapabilities } from '../kv/capabilities.ts'
import { PORT, completeTarget, TRAITS } from './target.ts'

/** ZooKeeper 3.5 and newer, over its own protocol. */
export const zookeeper: Driver = {
  name: 'zookeeper',
  schemes: ['zookeeper', 'zookeepers', 'zk'],
  port: PORT,
  environment: [],
  sign: {
    title: 'ZooKeeper',
    ask: 'srvr',
    shows: /^(?:Zookeeper version|srvr is not executed|This ZooKeeper instance)/,
  },
  parameters: ['prefix', 'layout', 'auth'],
  layouts: layoutsIn('tree'),
  rules: async () => (await import('./rules.ts')).RULES,

  capabilities: (layout) => kvCapabilities(layout, TRAITS),

  parse: completeTarget,

  async open(target, options) {
    const [{ openZooKeeperStore }, { ZooKeeperBackend }] = await Promise.all([
      import('./store.ts'),
      import('./backend.ts'),
    ])
    return new ZooKeeperBackend(await openZooKeeperStore(target, options), target, options)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}
