import { withoutBrackets } from '../../model/address.ts'
import { spongeId } from './frameworks.ts'
import type { Host } from './host.ts'
import { type NacosService, kratosName } from './names.ts'

/** A service of Nacos and what it holds. */
export interface HeldHosts {
  readonly service: NacosService
  readonly hosts: readonly Host[]
}

/** By what a host is known among the others of its service. */
export interface HostIdentity {
  /** Only the port identifies it: Kratos did not write it, or its scheme is at that ip twice. */
  readonly shared: boolean
  /** The id that Sponge keeps in the metadata. */
  readonly ownId?: string
}

/**
 * Tells by what each host is identified. Nacos does not store Kratos' id: the endpoints of a service at one ip are one instance,
 * unless one of their schemes is there twice, in that cluster. An id in the metadata counts where nothing contradicts it: all that
 * have it are at one ip, each with a scheme of its own. A program of Kratos may keep the same id in the metadata of every replica.
 */
export function identifying(held: readonly HeldHosts[]): (service: NacosService, host: Host) => HostIdentity {
  const ownIdOf = ownIds(held)
  const crowded = repeated(held, (service, host) =>
    ownIdOf(service, host) === undefined ? ipKey(service, host) : undefined,
  )
  return (service, host) => {
    const ownId = ownIdOf(service, host)
    if (ownId !== undefined) return { shared: false, ownId }
    return { shared: !kratosName(service.name) || crowded.has(ipKey(service, host)) }
  }
}

/** The ids in the metadata that nothing contradicts. */
function ownIds(held: readonly HeldHosts[]): (service: NacosService, host: Host) => string | undefined {
  const ips = new Map<string, string>()
  const refuted = new Set<string>()
  each(held, (service, host) => {
    const key = idKey(service, host)
    if (key === undefined) return
    const ip = withoutBrackets(host.ip)
    if ((ips.get(key) ?? ip) !== ip) refuted.add(key)
    ips.set(key, ip)
  })
  if (ips.size === 0) return () => undefined
  const twice = repeated(held, idKey)
  return (service, host) => {
    const key = idKey(service, host)
    return key === undefined || refuted.has(key) || twice.has(key) ? undefined : spongeId(host.metadata)
  }
}

/** The keys that two hosts of one service of Nacos have. */
function repeated(
  held: readonly HeldHosts[],
  keyOf: (service: NacosService, host: Host) => string | undefined,
): ReadonlySet<string> {
  const seen = new Set<string>()
  const keys = new Set<string>()
  each(held, (service, host) => {
    const key = keyOf(service, host)
    if (key === undefined) return
    const endpoint = `${key} ${service.name}`
    if (seen.has(endpoint)) keys.add(key)
    seen.add(endpoint)
  })
  return keys
}

function each(held: readonly HeldHosts[], look: (service: NacosService, host: Host) => void): void {
  for (const { service, hosts } of held) for (const host of hosts) look(service, host)
}

function idKey(service: NacosService, host: Host): string | undefined {
  const id = kratosName(service.name) && spongeId(host.metadata)
  return id === undefined ? undefined : `${clusterKey(service, host)}/${id}`
}

function ipKey(service: NacosService, host: Host): string {
  return `${clusterKey(service, host)}/${withoutBrackets(host.ip)}`
}

function clusterKey({ namespace, group, name }: NacosService, { clusterName }: Host): string {
  return `${namespace}/${group}/${kratosName(name)?.base ?? name}/${clusterName}`
}
