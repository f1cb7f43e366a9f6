import { serverOf } from '../with-server.ts'
import { type ConsulOptions, ConsulServer } from './server.ts'

export type { ConsulServer } from './server.ts'

/** A Consul of the test's own. */
export function startConsul(options?: ConsulOptions): Promise<ConsulServer> {
  const { consul = '' } = serverOf('consul').programs ?? {}
  return ConsulServer.start(consul, options)
}
