import { isUtf8 } from 'node:buffer'
import { inUrl, parsePort } from '../model/address.ts'
import type { Metadata } from '../model/instance.ts'
import { asMetadata, asText, elementsOf, membersOf } from './go-members.ts'

/** The member of the metadata in which Spring Cloud keeps a status. */
export const INSTANCE_STATUS = 'instance_status'

/** The class of Spring Cloud's payload: its load balancer is the only reader that obeys a status. */
export const SPRING_PAYLOAD = 'org.springframework.cloud.zookeeper.discovery.ZookeeperInstance'

/** Curator's `ServiceInstance`, as far as its readers use it. */
export interface CuratorValue {
  readonly name: string
  readonly id: string
  readonly serviceType: string
  readonly registeredAt?: number
  /** False where the record says so: Curator's own providers leave it out. */
  readonly isEnabled: boolean
  readonly metadata: Metadata
  /** The class that the payload names. */
  readonly payloadClass?: string
  readonly hasPort: boolean
  /** It is an application of Dubbo, which may be registered at interface level too. */
  readonly isOfDubbo: boolean
  readonly endpoints: readonly string[]
}

/** Undefined where Curator cannot decode the value: then it fails every query of the service. Names match exactly. Never throws. */
export function readCurator(value: Uint8Array): CuratorValue | undefined {
  const members = membersOf(value)
  if (members === undefined || !isUtf8(value)) return undefined
  const [name, id, address, serviceType] = ['name', 'id', 'address', 'serviceType'].map((key) => textIn(members, key))
  const [port, sslPort, registeredAt] = ['port', 'sslPort', 'registrationTimeUTC'].map((key) => wholeIn(members, key))
  const parts = partsIn(members.get('uriSpec'))
  const texts = [name, id, address, serviceType, port, sslPort, registeredAt]
  if (parts === undefined || texts.includes(undefined) || !TYPES.has(serviceType ?? '')) return undefined
  const payload = membersOf(members.get('payload') ?? '')
  const metadata = metadataOf(members.get('payload') ?? 'null')
  const said: Said = {
    name,
    id,
    address,
    serviceType,
    port,
    'ssl-port': sslPort,
    'registration-time-utc': registeredAt,
  }
  const ofDubbo = dubboEndpoints(address ?? '', metadata)
  return {
    name: name ?? '',
    id: id ?? '',
    serviceType: serviceType ?? '',
    ...(registeredAt && { registeredAt: Number(registeredAt) }),
    isEnabled: members.get('enabled') !== 'false',
    metadata,
    ...(payload?.has('@class') && { payloadClass: asText(payload.get('@class') ?? '') }),
    hasPort: port !== '' || sslPort !== '',
    isOfDubbo: ofDubbo !== undefined,
    endpoints: ofDubbo ?? endpointsOf(said, parts),
  }
}

const TYPES: ReadonlySet<string> = new Set(['DYNAMIC', 'STATIC', 'PERMANENT', 'DYNAMIC_SEQUENTIAL', ''])

/** What a variable of the URI stands for; empty where the record has none. */
type Said = Readonly<Record<string, string | undefined>>

interface Part {
  readonly value: string
  readonly isVariable: boolean
}

/** A scalar as text, as Java reads it; empty for null and for none, undefined for a list or an object. */
function textIn(members: ReadonlyMap<string, string>, key: string): string | undefined {
  const json = members.get(key) ?? 'null'
  if (json === 'null') return ''
  return json.startsWith('{') || json.startsWith('[') ? undefined : asText(json)
}

/** An integer as digits; empty for null and for none, undefined for anything else. */
function wholeIn(members: ReadonlyMap<string, string>, key: string): string | undefined {
  const text = textIn(members, key)
  return text === '' || (text !== undefined && /^-?\d+$/.test(text)) ? text : undefined
}

/** The parts of a URI's form, none where there is no such form; undefined where it is none of Curator's. */
function partsIn(json = 'null'): readonly Part[] | undefined {
  if (json === 'null') return []
  const parts = membersOf(json)?.get('parts') ?? 'null'
  if (parts === 'null') return membersOf(json) && []
  const read = elementsOf(parts)?.map((part) => {
    const members = membersOf(part)
    return members && { value: textIn(members, 'value') ?? '', isVariable: members.get('variable') === 'true' }
  })
  return read?.every((part) => part !== undefined) ? read : undefined
}

/** Spring's and Dubbo's payloads hold metadata; of any other the members are. */
function metadataOf(payload: string): Metadata {
  const members = membersOf(payload)
  const metadata = membersOf(members?.get('metadata') ?? '')
  if (metadata) return asMetadata(metadata)
  if (!members) return payload === 'null' ? {} : { payload: asText(payload) }
  return asMetadata(new Map([...members].filter(([name]) => name !== '@class')))
}

/** What Dubbo says at application level: a protocol and a port each. Undefined for records without that. */
function dubboEndpoints(address: string, metadata: Metadata): string[] | undefined {
  const said = Object.hasOwn(metadata, 'dubbo.endpoints') ? (metadata['dubbo.endpoints'] ?? '') : ''
  const endpoints = (elementsOf(said) ?? []).flatMap((each) => {
    const members = membersOf(each)
    const port = parsePort(members?.get('port') ?? '')
    return members && port ? [`${asText(members.get('protocol') ?? '"dubbo"')}://${inUrl(address)}:${port}`] : []
  })
  return endpoints.length > 0 ? endpoints : undefined
}

/** The URI that Curator builds, and the other port where it has two. */
function endpointsOf(said: Said, parts: readonly Part[]): string[] {
  const address = inUrl(said['address'] ?? '')
  const { port = '', 'ssl-port': sslPort = '' } = said
  if (address === '') return []
  const scheme = port === '' && sslPort !== '' ? 'https' : 'http'
  const values: Said = { ...said, scheme, address, '[': '{', ']': '}' }
  const isWhole = parts.every(({ value, isVariable }) => !isVariable || (values[value] ?? '') !== '')
  const uri = parts.map(({ value, isVariable }) => (isVariable ? values[value] : value)).join('')
  const built = isWhole && uri !== '' ? [uri] : port === '' ? [] : [`${address}:${port}`]
  const secure = sslPort === '' ? [] : [`https://${address}:${sslPort}`]
  return [...new Set([...built, ...secure])]
}
