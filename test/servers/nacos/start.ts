import { freePortWith } from '../ports.ts'
import { serverOf } from '../with-server.ts'
import { type NacosOptions, NacosServer, OTHER_PORTS } from './server.ts'

export type { NacosServer } from './server.ts'

/** A Nacos of the test's own. */
export function startNacos(options?: NacosOptions): Promise<NacosServer> {
  return NacosServer.start(serverOf('nacos').programs ?? {}, options)
}

/** Nodes of one cluster, which know of one another. */
export async function startNacosCluster(size: number): Promise<NacosServer[]> {
  const ports: number[] = []
  while (ports.length < size) ports.push(await freePortWith(OTHER_PORTS))
  return await Promise.all(ports.map((port) => startNacos({ cluster: { port, ports } })))
}
