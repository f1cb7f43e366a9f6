import { setTimeout as delay } from 'node:timers/promises'
import { type Member, readFamily } from './service-group.ts'
import type { Placed } from './api.ts'
import { type Host, sayTheSame } from './host.ts'
import type { Nacos } from './context.ts'
import { type Address, type NacosService, groupedName } from './names.ts'

/** Milliseconds between two looks: more of them the longer it takes. */
const PAUSE = { first: 20, most: 250 }

/**
 * A node takes a change at once, and lists it up to a second later. Waits until it does, so that who writes can read it;
 * answers with the last that was seen.
 */
export async function settled(
  nacos: Nacos,
  services: readonly NacosService[],
  agrees: (family: readonly Member[]) => boolean,
  signal?: AbortSignal,
): Promise<Member[]> {
  const end = performance.now() + nacos.patience
  for (let pause = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.most)) {
    const family = await readFamily(nacos, services, signal)
    if (agrees(family) || performance.now() >= end) return family
    await delay(pause, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
}

/** What lies at an address. */
export function hostAt(
  family: readonly Member[],
  { namespace, group, name, cluster, ip, port }: Address,
): Host | undefined {
  const member = family.find(
    ({ service }) => service.namespace === namespace && service.group === group && service.name === name,
  )
  return member?.hosts.find((host) => host.clusterName === cluster && host.ip === ip && host.port === port)
}

/** Each service once. */
export function servicesOf(addresses: readonly Address[]): NacosService[] {
  const services = addresses.map(({ namespace, group, name }): NacosService => ({ namespace, group, name }))
  return [...new Map(services.map((service) => [`${service.namespace}/${groupedName(service)}`, service])).values()]
}

/** Whether it is listed as it was written. */
export function isListed(family: readonly Member[], { address, host }: Placed): boolean {
  const now = hostAt(family, address)
  return now !== undefined && sayTheSame(now, host)
}
