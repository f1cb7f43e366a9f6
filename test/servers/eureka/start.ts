import { freePorts } from '../ports.ts'
import { serverOf } from '../with-server.ts'
import { type EurekaOptions, EurekaServer } from './server.ts'

export type { EurekaServer } from './server.ts'

/** A Eureka of the test's own. */
export function startEureka(options?: EurekaOptions): Promise<EurekaServer> {
  return EurekaServer.start(serverOf('eureka').programs ?? {}, options)
}

/** Two that replicate to each other. */
export async function startEurekaPeers(): Promise<[EurekaServer, EurekaServer]> {
  const [one = 0, other = 0] = await freePorts(2)
  return await Promise.all([
    startEureka({ peers: { port: one, others: [other] } }),
    startEureka({ peers: { port: other, others: [one] } }),
  ])
}
