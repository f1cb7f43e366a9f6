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
export function identifying(held: readonly HeldHosts[]): (service: NacosService) => (host: Host) => HostIdentity {
  const known = held.map(({ service, hosts }) => ({ ...placeOf(service), hosts }))
  const ownIdOf = ownIds(known)
  const crowded = repeated(known, (place, host) =>
    ownIdOf(place, host) === undefined ? ipKey(place, host) : undefined,
  )
  return (service) => {
    const place = placeOf(service)
    return (host) => {
      const ownId = ownIdOf(place, host)
      if (ownId !== undefined) return { shared: false, ownId }
      return { shared: !place.isKratos || crowded.has(ipKey(place, host)) }
    }
  }
}

/** What of a service identifies its hosts. */
interface ServicePlace {
  readonly name: string
  readonly isKratos: boolean
  /** The same for all services that hold endpoints of one service of Kratos. */
  readonly key: string
}

interface KnownHosts extends ServicePlace {
  readonly hosts: readonly Host[]
}

function placeOf({ namespace, group, name }: NacosService): ServicePlace {
  const kratos = kratosName(name)
  return { name, isKratos: kratos !== undefined, key: `${namespace}/${group}/${kratos?.base ?? name}` }
}

/** The ids in the metadata that nothing contradicts. */
function ownIds(known: readonly KnownHosts[]): (place: ServicePlace, host: Host) => string | undefined {
  const ips = new Map<string, string>()
  const refuted = new Set<string>()
  each(known, (place, host) => {
    const key = idKey(place, host)
    if (key === undefined) return
    const ip = withoutBrackets(host.ip)
    if ((ips.get(key) ?? ip) !== ip) refuted.add(key)
    ips.set(key, ip)
  })
  if (ips.size === 0) return () => undefined
  const twice = repeated(known, idKey)
  return (place, host) => {
    const key = idKey(place, host)
    return key === undefined || refuted.has(key) || twice.has(key) ? undefined : spongeId(host.metadata)
  }
}

/** The keys that two hosts of one service of Nacos have. */
function repeated(
  known: readonly KnownHosts[],
  keyOf: (place: ServicePlace, host: Host) => string | undefined,
): ReadonlySet<string> {
  const seen = new Set<string>()
  const keys = new Set<string>()
  each(known, (place, host) => {
    const key = keyOf(place, host)
    if (key === undefined) return
    const endpoint = `${key} ${place.name}`
    if (seen.has(endpoint)) keys.add(key)
    seen.add(endpoint)
  })
  return keys
}

function each(known: readonly KnownHosts[], look: (place: ServicePlace, host: Host) => void): void {
  for (const place of known) for (const host of place.hosts) look(place, host)
}

function idKey({ isKratos, key }: ServicePlace, { clusterName, metadata }: Host): string | undefined {
  const id = isKratos ? spongeId(metadata) : undefined
  return id === undefined ? undefined : `${key}/${clusterName}/${id}`
}

function ipKey({ key }: ServicePlace, { clusterName, ip }: Host): string {
  return `${key}/${clusterName}/${withoutBrackets(ip)}`
}
