import { KNOWN_SCHEMES, parseEndpoint } from '../../model/endpoint.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { ConsulEntry, EntryNames, TaggedAddress } from './entry.ts'

/** Tags of addresses that Consul itself writes into every service. Kratos' reader leaves out exactly these. */
export const OWN_TAGS: ReadonlySet<string> = new Set(['lan_ipv4', 'wan_ipv4', 'lan_ipv6', 'wan_ipv6'])

export const VERSION_TAG = 'version='

/** Name, id and scheme of a service called `{Name}.{scheme}` with the id `{Name}-{ID}-{scheme}`. */
export interface SchemeForm {
  readonly name: string
  readonly id: string
  readonly scheme: string
}

export function schemeForm({ service, id, tags }: Omit<EntryNames, 'kind'>): SchemeForm | undefined {
  const dot = service.lastIndexOf('.')
  if (dot < 1) return undefined
  const [name, scheme] = [service.slice(0, dot), service.slice(dot + 1)]
  if (!(KNOWN_SCHEMES.has(scheme) || tags.includes(scheme))) return undefined
  const [start, end] = [`${name}-`, `-${scheme}`]
  if (!id.startsWith(start) || !id.endsWith(end) || id.length <= start.length + end.length) return undefined
  return { name, id: id.slice(start.length, -end.length), scheme }
}

/** The layout in which an entry was written. `asked`: the one that the user named, if any. */
export function detectLayout(entry: ConsulEntry, asked: LayoutName | 'auto'): LayoutName {
  if (asked === 'kratos' || asked === 'plain') return asked
  // A proxy has the tags of the service that it stands before.
  if (entry.kind !== '') return 'plain'
  if (schemeForm(entry)) return 'kratos-scheme'
  return hasVersionTag(entry) || endpointTags(entry).length > 0 ? 'kratos' : 'plain'
}

/** The service as Kratos knows it: without the scheme, where each scheme is a service of Consul's. */
export function serviceOf(entry: EntryNames, asked: LayoutName | 'auto'): string {
  if (asked === 'kratos' || asked === 'plain' || entry.kind !== '') return entry.service
  return schemeForm(entry)?.name ?? entry.service
}

/** Whether Consul's service of that name may hold parts of the service: itself, or one of its schemes. */
export function mayHold(consulName: string, service: string, asked: LayoutName | 'auto'): boolean {
  if (consulName === service) return true
  if (asked === 'kratos' || asked === 'plain' || !consulName.startsWith(`${service}.`)) return false
  return !consulName.slice(service.length + 1).includes('.')
}

/** What Consul's services that hold parts of these are usually called. */
export function usualNames(services: readonly string[], asked: LayoutName | 'auto'): string[] {
  if (asked === 'kratos' || asked === 'plain') return [...services]
  return services.flatMap((service) => [service, ...[...KNOWN_SCHEMES].map((scheme) => `${service}.${scheme}`)])
}

export function hasVersionTag({ tags }: ConsulEntry): boolean {
  return tags.some((tag) => tag.startsWith(VERSION_TAG))
}

/** The tagged addresses that are endpoints: URLs, that of the service's own address first. */
export function endpointTags({ taggedAddresses, host, port }: ConsulEntry): readonly TaggedAddress[] {
  if (taggedAddresses.length === 0) return taggedAddresses
  const urls = taggedAddresses.filter(({ tag, address }) => !OWN_TAGS.has(tag) && isUrl(address))
  const isFirst = ({ address }: TaggedAddress) => {
    const endpoint = parseEndpoint(address)
    return endpoint.is === 'endpoint' && endpoint.host === host && endpoint.port === port
  }
  return urls.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))
}

export function isUrl(address: string): boolean {
  const endpoint = parseEndpoint(address)
  return endpoint.is === 'endpoint' || ['no-host', 'no-port'].includes(endpoint.code)
}
