import type { Scope } from '../contract/backend.ts'
import type { Nacos } from './context.ts'
import { type NacosService, addressOf, kratosName, splitGroupedName } from './names.ts'
import { withoutBrackets } from '../../model/address.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Host } from './host.ts'
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

/** A service as it is listed, and the services of Nacos that hold its instances. */
export interface Family {
  readonly name: string
  readonly services: readonly NacosService[]
}

/** The services of a scope in order. */
export async function familiesOf(nacos: Nacos, scope: Scope, signal?: AbortSignal): Promise<Family[]> {
  if (scope.rawKey !== undefined) return familyOfKey(scope.rawKey)
  const asked = scope.services?.map((name) => ({ ...splitGroupedName(name), shown: name }))
  const groups = asked?.map(({ group }) => group ?? nacos.group) ?? [nacos.group]
  const found = await Promise.all(
    (await placesOf(nacos, groups, signal)).map((place) => nacos.api.services(place, signal)),
  )
  const families = new Map<string, NacosService[]>()
  for (const service of found.flat())
    for (const name of namesOf(nacos, service, asked)) families.set(name, [...(families.get(name) ?? []), service])
  return [...families]
    .map(([name, services]) => ({ name, services }))
    .toSorted((a, b) => compareServices(a.name, b.name))
}

/** What a service is listed as: nothing where it was not asked for. */
function namesOf(
  nacos: Nacos,
  { group, name }: NacosService,
  asked: readonly { name: string; group?: string; shown: string }[] | undefined,
): string[] {
  const own = kratosName(name)?.base ?? name
  if (!asked) return [own]
  const fits = asked.filter(
    (each) =>
      each.name === own &&
      (each.group === undefined ? nacos.allNamespaces || group === nacos.group : each.group === group),
  )
  return [...new Set(fits.map(({ shown }) => shown))]
}

interface Place {
  readonly namespace: string
  readonly group?: string
}

async function placesOf(nacos: Nacos, groups: readonly string[], signal?: AbortSignal): Promise<Place[]> {
  if (nacos.allNamespaces) return (await nacos.api.namespaces(signal)).map(({ id }) => ({ namespace: id }))
  return [...new Set(groups)].map((group) => ({ namespace: nacos.namespace, group }))
}

/** All that share a service with the record: whether its port must tell it apart hangs on the others. */
function familyOfKey(rawKey: string): Family[] {
  const address = addressOf(rawKey)
  if (!address) return []
  const { namespace, group, name } = address
  return [{ name: kratosName(name)?.base ?? name, services: [{ namespace, group, name }] }]
}

/** As key-value registries order them: by bytes, with the slash that ends the name. */
function compareServices(a: string, b: string): number {
  return Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))
}
