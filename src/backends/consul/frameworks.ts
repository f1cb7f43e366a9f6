import type { Metadata } from '../../model/instance.ts'
import { inUrl } from '../../model/address.ts'
import type { ConsulEntry } from './entry.ts'
import { unpackGoMicroTags } from './go-micro-tags.ts'

/** What an entry that Kratos did not write means to the clients of the framework that wrote it. */
export interface ForeignContent {
  readonly version: string
  readonly metadata: Metadata
  /** Of its address. */
  readonly scheme: string
  readonly tags: readonly string[]
}

/** What Kratos' clients take an address for. */
const DEFAULT_SCHEME = 'http'
const SCHEME = /^[a-z][a-z\d+.-]{0,31}$/i

/** Reads an entry by the signs of go-micro, GoFrame, Kitex and Spring Cloud; one without a sign as it stands. Never throws. */
export function foreignContent(entry: ConsulEntry): ForeignContent {
  return goMicro(entry) ?? goFrame(entry) ?? kitex(entry) ?? unknownContent(entry)
}

/** What Consul gives a service for which nobody chose any. */
export const DEFAULT_WEIGHTS: NonNullable<ConsulEntry['weights']> = { passing: 1, warning: 1 }

/** The weights of an entry; undefined for Consul's own default, which stands in every service for which nobody chose any. */
export function chosenWeights({ weights }: ConsulEntry): ConsulEntry['weights'] {
  return weights?.passing === 1 && weights.warning === 1 ? undefined : weights
}

function goMicro({ tags, meta }: ConsulEntry): ForeignContent | undefined {
  const unpacked = unpackGoMicroTags(tags)
  if (!unpacked) return undefined
  const metadata = { ...meta, ...unpacked.metadata }
  return { version: unpacked.version, metadata, scheme: schemeIn(metadata), tags: unpacked.others }
}

/** Its id is made of the other fields, and its metadata are JSON in one text. Source: contrib/registry/consul of GoFrame. */
function goFrame({ id, service, host, port, meta, tags }: ConsulEntry): ForeignContent | undefined {
  const json = own(meta, 'metadata')
  const version = own(meta, 'version') ?? tags[0] ?? ''
  const isNamedSo = [host, inUrl(host)].some((each) => id === `${service}-${version}-${each}:${port}`)
  const metadata = json !== undefined && isNamedSo ? membersIn(json) : undefined
  return metadata && { version, metadata, scheme: schemeIn(metadata), tags }
}

/** Its clients take the pairs in the tags for metadata, and dial TCP. Source: registry-consul of kitex-contrib. */
function kitex(entry: ConsulEntry): ForeignContent | undefined {
  const { id, service, host, port, meta, tags } = entry
  const isNamedSo = id === `${service}:${host}:${port}` && Object.keys(meta).length === 0
  const pairs = tags.map((tag) => /^([^:]+):(.*)$/s.exec(tag) ?? [])
  const isMarked = tags.length > 0 || chosenWeights(entry) !== undefined
  if (!isNamedSo || !isMarked || pairs.some(([, key]) => key === undefined)) return undefined
  return {
    version: '',
    metadata: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value])),
    scheme: 'tcp',
    tags,
  }
}

/** Spring Cloud says of a service whether it speaks TLS; a proxy of Consul's mesh speaks whatever goes through it. */
function unknownContent({ kind, meta, tags }: ConsulEntry): ForeignContent {
  const isSecure =
    own(meta, 'secure')?.toLowerCase() === 'true' || tags.some((tag) => tag.toLowerCase() === 'secure=true')
  const scheme = kind !== '' ? 'tcp' : isSecure ? 'https' : DEFAULT_SCHEME
  return { version: '', metadata: meta, scheme, tags }
}

/** The protocol in the metadata, where go-micro and GoFrame keep it. */
function schemeIn(metadata: Metadata): string {
  const protocol = own(metadata, 'protocol') ?? ''
  return SCHEME.test(protocol) ? protocol.toLowerCase() : DEFAULT_SCHEME
}

/** The members of a JSON object, values other than texts as JSON; undefined for any other text. */
function membersIn(json: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const members = Object.entries(value).map(([key, member]: [string, unknown]) => [
      key,
      typeof member === 'string' ? member : JSON.stringify(member),
    ])
    return Object.fromEntries(members)
  } catch {
    return undefined
  }
}

function own(texts: Metadata, key: string): string | undefined {
  return Object.hasOwn(texts, key) ? texts[key] : undefined
}
