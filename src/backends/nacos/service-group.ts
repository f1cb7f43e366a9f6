import type { Scope } from '../contract/backend.ts'
import { byServiceName } from '../contract/service-order.ts'
import type { NacosContext } from './context.ts'
import { type HeldHosts, identifying } from './identity.ts'
import { type NacosService, addressOf, kratosName, splitGroupedName } from './names.ts'
import { type NacosRecord, recordOf } from './record.ts'

/** A service as it is listed (`sre`), and the services of Nacos that hold its instances (`sre.grpc`, `sre.http`). */
export interface ServiceGroup {
  readonly name: string
  readonly services: readonly NacosService[]
}

/** The services of a scope, in order. */
export async function groupsIn(context: NacosContext, scope: Scope, signal?: AbortSignal): Promise<ServiceGroup[]> {
  if (scope.rawKey !== undefined) return groupOfKey(scope.rawKey)
  const asked = scope.services?.map((name) => ({ ...splitGroupedName(name), shown: name }))
  const groups = asked?.map(({ group }) => group ?? context.group) ?? [context.group]
  const places = await placesOf(context, groups, signal)
  const found = await Promise.all(places.map((place) => context.api.services(place, signal)))
  const listed = new Map<string, NacosService[]>()
  for (const service of found.flat())
    for (const name of namesOf(context, service, asked)) listed.set(name, [...(listed.get(name) ?? []), service])
  return [...listed].map(([name, services]) => ({ name, services })).toSorted((a, b) => byServiceName(a.name, b.name))
}

/** What a service is listed as: nothing where it was not asked for. */
function namesOf(
  { group: usual, allNamespaces }: NacosContext,
  { group, name }: NacosService,
  asked: readonly { readonly name: string; readonly group?: string; readonly shown: string }[] | undefined,
): string[] {
  const own = listedName(name)
  if (!asked) return [own]
  const fits = asked.filter(
    (each) => each.name === own && (each.group === undefined ? allNamespaces || group === usual : each.group === group),
  )
  return [...new Set(fits.map(({ shown }) => shown))]
}

function listedName(name: string): string {
  return kratosName(name)?.base ?? name
}

async function placesOf(
  { namespace, allNamespaces, api }: NacosContext,
  groups: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly namespace: string; readonly group?: string }[]> {
  if (allNamespaces) return (await api.namespaces(signal)).map(({ id }) => ({ namespace: id }))
  return [...new Set(groups)].map((group) => ({ namespace, group }))
}

/** All that share a service with the record: whether its port must identify it depends on the others. */
function groupOfKey(rawKey: string): ServiceGroup[] {
  const address = addressOf(rawKey)
  if (!address) return []
  const { namespace, group, name } = address
  return [{ name: listedName(name), services: [{ namespace, group, name }] }]
}

/** What each of some services holds. */
export async function readServices(
  { api }: NacosContext,
  services: readonly NacosService[],
  signal?: AbortSignal,
): Promise<HeldHosts[]> {
  return await Promise.all(services.map(async (service) => ({ service, hosts: await api.hosts(service, signal) })))
}

/** The records of a service group in the order of their ids, of the clusters that are read. `service`: what it is listed as. */
export function recordsOf(
  { readsAllClusters, cluster }: Pick<NacosContext, 'readsAllClusters' | 'cluster'>,
  service: string,
  held: readonly HeldHosts[],
): NacosRecord[] {
  const identify = identifying(held)
  const records = held.flatMap(({ service: own, hosts }) => {
    const identityOf = identify(own)
    return hosts
      .filter(({ clusterName }) => readsAllClusters || clusterName === cluster)
      .map((host) => recordOf(own, service, host, identityOf(host)))
  })
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
