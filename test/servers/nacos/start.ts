import { setTimeout as delay } from 'node:timers/promises'
import { freePortWith } from '../ports.ts'
import { serverOf } from '../with-server.ts'
import { type NacosOptions, NacosServer, OTHER_PORTS } from './server.ts'

export type { NacosServer } from './server.ts'

/** A Nacos of the test's own. */
export function startNacos(options?: NacosOptions): Promise<NacosServer> {
  return NacosServer.start(serverOf('nacos').programs ?? {}, options)
}

/** Nodes of one cluster, which know of one another, and can write statuses. */
export async function startNacosCluster(size: number): Promise<NacosServer[]> {
  const ports: number[] = []
  while (ports.length < size) ports.push(await freePortWith(OTHER_PORTS))
  const nodes = await Promise.all(ports.map((port) => startNacos({ cluster: { port, ports } })))
  for (const node of nodes) while (!(await knowsLeader(node))) await delay(200)
  return nodes
}

/** Whether it knows the leader of the Raft group through which statuses are written: it has one only some seconds after its nodes serve. */
async function knowsLeader({ endpoint }: NacosServer): Promise<boolean> {
  const answer = await fetch(`http://${endpoint}/nacos/v1/core/cluster/self`)
  return /"naming_instance_metadata":\{"leader":"\d/.test(await answer.text())
}
