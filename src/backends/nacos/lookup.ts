import type { InstanceInit } from '../../model/instance.ts'
import type { Occupants } from '../catalogue/catalogue.ts'
import type { NacosContext } from './context.ts'
import type { Host } from './host.ts'
import { type HeldHosts, identifying } from './identity.ts'
import { type NacosService, groupedName, kratosName } from './names.ts'
import { type NacosRecord, recordOf } from './record.ts'
import { readServices } from './service-group.ts'

/** What lies at the addresses of some records now, by id, whichever clusters are read. */
export async function currentRecords(
  context: NacosContext,
  records: readonly NacosRecord[],
  signal?: AbortSignal,
): Promise<Map<string, NacosRecord>> {
  const held = await readServices(context, servicesOf(records), signal)
  return new Map(recordsAt(held, records).flatMap((record) => (record ? [[record.id, record]] : [])))
}

/**
 * What lies where an instance is to be registered. Where its id is its ip, the other endpoints of the service at that ip are
 * read as the same instance, so they are in the way.
 */
export async function occupantsOf(
  context: NacosContext,
  wanted: readonly NacosRecord[],
  instance: InstanceInit,
  signal?: AbortSignal,
): Promise<Occupants<NacosRecord>> {
  const [first] = wanted
  const services = servicesOf(wanted)
  if (first?.address.ip !== instance.id)
    return { own: recordsAt(await readServices(context, services, signal), wanted), rivals: [] }
  const siblings = await siblingsOf(context, first.address, signal)
  const held = await readServices(context, distinctServices([...services, ...siblings]), signal)
  const [ids, identify] = [new Set(wanted.map(({ id }) => id)), identifying(held)]
  const rivals = held.flatMap(({ service, hosts }) => {
    const identityOf = identify(service)
    return hosts
      .filter(({ clusterName, ip }) => clusterName === first.address.cluster && ip === first.address.ip)
      .map((host) => recordOf(service, instance.name, host, identityOf(host)))
      .filter(({ id, body }) => body.ownId === undefined && !ids.has(id))
  })
  return { own: recordsAt(held, wanted), rivals }
}

/** The services of Nacos that hold endpoints of the same Kratos service. */
async function siblingsOf(
  { api }: NacosContext,
  { namespace, group, name }: NacosService,
  signal?: AbortSignal,
): Promise<NacosService[]> {
  const all = await api.services({ namespace, group }, signal)
  return all.filter((each) => kratosName(each.name)?.base === kratosName(name)?.base)
}

/** What lies at the address of each record, in their order. */
function recordsAt(held: readonly HeldHosts[], records: readonly NacosRecord[]): readonly (NacosRecord | undefined)[] {
  const identify = identifying(held)
  const there = new Map<string, Host>()
  for (const { service, hosts } of held) for (const host of hosts) there.set(addressKey(service, host), host)
  return records.map(({ address, service }) => {
    const host = there.get(addressKey(address, { ...address, clusterName: address.cluster }))
    return host && recordOf(address, service, host, identify(address)(host))
  })
}

function servicesOf(records: readonly NacosRecord[]): NacosService[] {
  return distinctServices(records.map(({ address: { namespace, group, name } }) => ({ namespace, group, name })))
}

function distinctServices(services: readonly NacosService[]): NacosService[] {
  return [...new Map(services.map((service) => [`${service.namespace}/${groupedName(service)}`, service])).values()]
}

function addressKey(
  service: NacosService,
  { clusterName, ip, port }: Pick<Host, 'clusterName' | 'ip' | 'port'>,
): string {
  return `${service.namespace}/${groupedName(service)}/${clusterName}/${ip}:${port}`
}
