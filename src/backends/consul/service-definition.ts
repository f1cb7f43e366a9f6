import type { InstanceInit, Metadata } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { WriteOptions } from '../contract/backend.ts'
import { encodeString } from '../../layouts/go-json-encode.ts'
import { withWeightAndEnv } from '../../layouts/kratos-value.ts'
import { inUrl } from '../../model/address.ts'
import { RollcallError } from '../../model/errors.ts'
import { type Endpoint, parseEndpoint } from '../../model/endpoint.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import { option } from '../../model/wording.ts'
import { type CheckDefinition, checksFor } from './checks.ts'
import { OWN_TAGS, VERSION_TAG } from './layout.ts'

/** The body of PUT /v1/agent/service/register, its fields in Go's order. */
export interface ServiceDefinition {
  readonly ID: string
  readonly Name: string
  readonly Tags?: readonly string[]
  readonly Port?: number
  readonly Address?: string
  readonly TaggedAddresses?: Readonly<Record<string, { readonly Address: string; readonly Port: number }>>
  readonly Meta?: Metadata
  readonly Check: null
  readonly Checks: readonly CheckDefinition[] | null
}

interface Dialled {
  readonly text: string
  readonly endpoint: Endpoint
}

type Content = Omit<ServiceDefinition, 'ID' | 'Name' | 'Check' | 'Checks' | 'Meta'>

/** What an agent gets to register an instance: one definition; in layout kratos-scheme one a scheme. @throws RollcallError `usage` */
export function definitionsOf(instance: InstanceInit, options: WriteOptions, layout: LayoutName): ServiceDefinition[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const endpoints = (instance.endpoints ?? []).map(dialled)
  if (layout === 'plain') return [plain(instance, options, endpoints)]
  refuseTwins(endpoints)
  if (layout === 'kratos') return [kratos(instance, options, endpoints)]
  if (endpoints.length === 0)
    throw new RollcallError('usage', 'layout kratos-scheme has a service for each scheme, and there is no endpoint')
  return endpoints.map((each) => ofOneScheme(instance, options, each))
}

/** The JSON of a definition as Kratos' Go program sends it, to the byte. */
export function definitionJson(definition: ServiceDefinition): string {
  const { TaggedAddresses: addresses, Meta: meta } = definition
  return goJson({
    ...definition,
    ...(addresses ? { TaggedAddresses: new Map(Object.entries(addresses)) } : {}),
    ...(meta ? { Meta: new Map(Object.entries(meta)) } : {}),
  })
}

function kratos(instance: InstanceInit, options: WriteOptions, endpoints: readonly Dialled[]): ServiceDefinition {
  const addresses = endpoints.map(({ text, endpoint: { scheme, port } }) => [scheme, { Address: text, Port: port }])
  return complete(instance.id, instance.name, instance, options, endpoints, {
    Tags: [versionTag(instance)],
    ...firstAddress(endpoints),
    ...(addresses.length === 0 ? {} : { TaggedAddresses: Object.fromEntries(addresses) }),
  })
}

function ofOneScheme(instance: InstanceInit, options: WriteOptions, each: Dialled): ServiceDefinition {
  const { scheme } = each.endpoint
  const { id, name } = instance
  return complete(`${name}-${id}-${scheme}`, `${name}.${scheme}`, instance, options, [each], {
    Tags: [versionTag(instance), scheme],
    ...firstAddress([each]),
  })
}

/** One address. Readers take it for that of HTTP, since nothing says otherwise. */
function plain(instance: InstanceInit, options: WriteOptions, endpoints: readonly Dialled[]): ServiceDefinition {
  if (instance.version)
    throw new RollcallError('usage', 'layout plain stores an address alone, it cannot hold a version', {
      hint: `leave the version out, or choose another ${option('layout')}`,
    })
  const [first, ...others] = endpoints
  if (!first || others.length > 0)
    throw new RollcallError('usage', `layout plain holds exactly one endpoint, not ${endpoints.length}`)
  const { host, port } = first.endpoint
  const whole = `http://${inUrl(host)}:${port}`
  if (first.text !== whole)
    throw new RollcallError('usage', `layout plain holds only host and port of "${first.text}"`, {
      hint: `write ${whole}, or choose another ${option('layout')}`,
    })
  return complete(instance.id, instance.name, instance, options, endpoints, firstAddress(endpoints))
}

function complete(
  id: string,
  name: string,
  instance: InstanceInit,
  options: WriteOptions,
  endpoints: readonly Dialled[],
  content: Content,
): ServiceDefinition {
  const meta = withWeightAndEnv(instance.metadata ?? null, options) ?? {}
  const checked = endpoints.map(({ endpoint }) => endpoint)
  return {
    ID: id,
    Name: name,
    ...content,
    ...(Object.keys(meta).length === 0 ? {} : { Meta: meta }),
    Check: null,
    Checks: checksFor(id, checked, options),
  }
}

function versionTag({ version = '' }: InstanceInit): string {
  return `${VERSION_TAG}${version}`
}

function firstAddress([first]: readonly Dialled[]): Content {
  return first ? { Port: first.endpoint.port, Address: first.endpoint.host } : {}
}

function dialled(text: string): Dialled {
  const endpoint = parseEndpoint(text)
  if (endpoint.is === 'endpoint') return { text, endpoint }
  throw new RollcallError('usage', `the endpoint "${text}" cannot be registered in Consul: ${endpoint.message}`, {
    hint: 'write for example grpc://10.0.0.1:9000',
  })
}

/** A tagged address has the scheme for its name: a second one would take the place of the first. */
function refuseTwins(endpoints: readonly Dialled[]): void {
  const schemes = endpoints.map(({ endpoint }) => endpoint.scheme)
  const twice = schemes.find((scheme, at) => schemes.indexOf(scheme) !== at)
  if (twice !== undefined)
    throw new RollcallError('usage', `Consul holds one endpoint a scheme, and ${twice} has several`, {
      hint: 'register them as instances of their own',
    })
  const own = schemes.find((scheme) => OWN_TAGS.has(scheme))
  if (own !== undefined)
    throw new RollcallError('usage', `"${own}" cannot be a scheme in Consul, which uses that tag itself`)
}

type Go =
  | string
  | number
  | null
  | readonly Go[]
  | ReadonlyMap<string, Go>
  | { readonly [field: string]: Go | undefined }

/** JSON as Go writes it: a struct's fields in their order, a map's keys sorted by their bytes. */
function goJson(value: Go): string {
  if (value === null || typeof value === 'number') return String(value)
  if (typeof value === 'string') return encodeString(value)
  if (isList(value)) return `[${value.map(goJson).join(',')}]`
  const members = value instanceof Map ? byBytes(value) : Object.entries(value as Readonly<Record<string, Go>>)
  return `{${members.map(([key, member]) => `${encodeString(key)}:${goJson(member)}`).join(',')}}`
}

function isList(value: Go): value is readonly Go[] {
  return Array.isArray(value)
}

function byBytes(map: ReadonlyMap<string, Go>): [string, Go][] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
