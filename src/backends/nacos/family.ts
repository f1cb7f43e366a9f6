import { withoutBrackets } from '../../model/address.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Host } from './host.ts'
import type { Nacos } from './nacos.ts'
import { type NacosService, kratosName } from './names.ts'
import { recordOf } from './record.ts'

/** One service of Nacos and what it holds. */
export interface Member {
  readonly service: NacosService
  readonly hosts: readonly Host[]
}

/** Reads services that together hold the instances of one service: `sre.grpc`, `sre.http`. */
export async function readFamily(
  nacos: Nacos,
  services: readonly NacosService[],
  signal?: AbortSignal,
): Promise<Member[]> {
  return await Promise.all(
    services.map(async (service) => ({ service, hosts: await nacos.api.hosts(service, signal) })),
  )
}

/** The records of a service's family, in order. `service` is what it is listed as. */
export function recordsOf(
  nacos: Pick<Nacos, 'readsAllClusters' | 'cluster'>,
  service: string,
  family: readonly Member[],
): RawRecord[] {
  const isShared = sharing(family)
  const records = family.flatMap(({ service: own, hosts }) =>
    hosts
      .filter(({ clusterName }) => nacos.readsAllClusters || clusterName === nacos.cluster)
      .map((host) => recordOf(own, service, { host, shared: isShared(own, host) })),
  )
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * Whether the port must tell a host apart. Kratos' id is stored nowhere: the endpoints at one ip are one instance,
 * unless one of its schemes is there twice, in that service and cluster.
 */
export function sharing(family: readonly Member[]): (service: NacosService, host: Host) => boolean {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const { service, hosts } of family)
    for (const host of hosts) {
      const endpoint = endpointKey(service, host)
      if (seen.has(endpoint)) repeated.add(ipKey(service, host))
      seen.add(endpoint)
    }
  return (service, host) => !kratosName(service.name) || repeated.has(ipKey(service, host))
}

function endpointKey(service: NacosService, host: Host): string {
  return `${ipKey(service, host)} ${service.name}`
}

function ipKey({ namespace, group }: NacosService, { clusterName, ip }: Host): string {
  return `${namespace}/${group}/${clusterName}/${withoutBrackets(ip)}`
}
