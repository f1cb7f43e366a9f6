import { weightAndEnv } from '../../layouts/leased.ts'
import { inUrl } from '../../model/address.ts'
import { ServiceInstance } from '../../model/instance.ts'
import { escapeTextKey, unescapeKey } from '../../model/key.ts'
import type { LayoutName, Observed, Place } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { byBytes, byServiceName } from '../contract/service-order.ts'
import type { AgentIdentity } from './agents.ts'
import { type AgentService, type ConsulEntry, type HealthEntry, entryIn, namesIn } from './entry.ts'
import { chosenWeights, DEFAULT_WEIGHTS, foreignContent } from './frameworks.ts'
import { healthOf } from './health.ts'
import { type SchemeForm, VERSION_TAG, detectLayout, endpointTags, schemeForm, serviceOf } from './layout.ts'
import type { ServiceDefinition } from './service-definition.ts'
import type { Writable } from '../../model/writable.ts'

/** A definition, and where it was registered. */
interface RegisteredDefinition extends ServiceDefinition {
  readonly Node: Pick<HealthEntry['Node'], 'Node' | 'Datacenter'>
}

/** A record of Consul: a service of the catalogue with its checks, or the definition that it was or is to be registered with. */
export interface ConsulRecord extends RawRecord {
  readonly body: HealthEntry | ServiceDefinition | RegisteredDefinition
}

/** `layout`: how its readers recognize layouts. Its revision is that of the registration, whatever its checks do. */
export function recordOf(entry: HealthEntry, layout: LayoutName | 'auto'): ConsulRecord {
  const { Node: node, Service: service } = entry
  return {
    id: recordId(node.Datacenter, node.Node, service.ID),
    service: serviceIn(entry, layout),
    body: entry,
    revision: String(service.ModifyIndex),
  }
}

function serviceIn(entry: HealthEntry, layout: LayoutName | 'auto'): string {
  const known = namesIn(entry)
  return known ? serviceOf(known, layout) : entry.Service.Service
}

/** `dc1/node-a/web-1`, escaped for printing. */
export function recordId(datacenter: string, node: string, id: string): string {
  return escapeTextKey(`${datacenter}/${node}/${id}`)
}

/** What is to be registered. On which node it will be is known once its agent has said its name. */
export function recordToWrite(definition: ServiceDefinition, service: string): ConsulRecord {
  return { id: escapeTextKey(`agent/${definition.ID}`), service, body: definition }
}

/** A definition that the agent has taken. `revision`: that of the catalogue, where it is known. */
export function registeredRecord(
  definition: ServiceDefinition,
  { datacenter, node }: AgentIdentity,
  { service, revision }: { readonly service: string; readonly revision: string | undefined },
): ConsulRecord {
  const body: RegisteredDefinition = { ...definition, Node: { Node: node, Datacenter: datacenter } }
  const id = recordId(datacenter, node, definition.ID)
  return { id, service, body, ...(revision === undefined ? {} : { revision }) }
}

/** What an agent holds and the catalogue does not show yet: without a revision, and its checks are not known. */
export function heldRecord(
  service: AgentService,
  { datacenter, node }: AgentIdentity,
  layout: LayoutName | 'auto',
): ConsulRecord {
  const Node = { Node: node, Address: '', Datacenter: datacenter }
  const body = { Node, Service: { ...service, CreateIndex: 0, ModifyIndex: 0 }, Checks: [] }
  return { id: recordId(datacenter, node, service.ID), service: serviceIn(body, layout), body }
}

/** The same record with its body known; undefined for one that did not come from Consul. */
export function ownRecord(record: RawRecord): ConsulRecord | undefined {
  const entry = entryIn(record.body)
  if (!entry || entry.node === '') return undefined
  return record as ConsulRecord
}

/** What a record's id names; undefined for what is none. Neither a data centre nor a node has a slash in its name. */
export function placeOf(
  id: string,
): { readonly datacenter: string; readonly node: string; readonly id: string } | undefined {
  const text = Buffer.from(unescapeKey(id)).toString('utf8')
  const [, datacenter = '', node = '', own = ''] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(text) ?? []
  return own === '' ? undefined : { datacenter, node, id: own }
}

/** By service, then by id, as keys in a key-value store are ordered: two dumps compare, whatever they are of. */
export function inOrder<R extends RawRecord>(records: readonly R[]): R[] {
  const services = new Map<string, R[]>()
  for (const record of records) {
    const some = services.get(record.service)
    if (some) some.push(record)
    else services.set(record.service, [record])
  }
  const names = [...services.keys()].sort(byServiceName)
  return names.flatMap((name) => services.get(name)?.sort((a, b) => byBytes(a.id, b.id)) ?? [])
}

/** Whether readers see the same instance in both, whatever their checks say. */
export function sayTheSame(a: object, b: object, layout: LayoutName | 'auto'): boolean {
  const [one, other] = [a, b].map((body) => read({ id: '', service: '', body }, layout))
  return one?.is === 'instance' && other?.is === 'instance' && ServiceInstance.equal(one.instance, other.instance)
}

/** An entry as Kratos' reader takes it. The parts of one instance have the same `groupKey`. Never throws. */
export function read({ body, service }: RawRecord, asked: LayoutName | 'auto'): Reading {
  const entry = entryIn(body)
  if (!entry) {
    const message = 'it is not a service instance of Consul: it has no name, or no id'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: service } }
  }
  const layout = detectLayout(entry, asked)
  const form = layout === 'kratos-scheme' ? schemeForm(entry) : undefined
  const id = form?.id ?? entry.id
  const { version, metadata, endpoints, tags } = contentOf(entry, layout, form)
  const instance: ServiceInstance = { id, name: form?.name ?? entry.service, version, metadata, endpoints }
  const { datacenter, node, kind } = entry
  const { status, reason } = healthOf(entry.checks)
  const observed: Writable<Observed> = { status, layout }
  if (reason !== undefined) observed.reason = reason
  weigh(observed, entry)
  if (tags.length > 0) observed.tags = tags
  if (kind !== '') observed.serviceKind = kind
  if (node !== '') observed.owner = node
  const place = observedPlace(entry)
  if (place) observed.place = place
  if (!form) return { is: 'instance', instance, observed }
  return { is: 'instance', instance, observed, groupKey: `${datacenter}/${node}/${id}` }
}

interface Content extends Pick<ServiceInstance, 'version' | 'metadata' | 'endpoints'> {
  readonly tags: readonly string[]
}

/** What it says to the clients of whoever wrote it. */
function contentOf(entry: ConsulEntry, layout: LayoutName, form: SchemeForm | undefined): Content {
  if (layout === 'plain') {
    const { scheme, ...content } = foreignContent(entry)
    // A proxy has the tags of the service that it stands before, its version too.
    const version = content.version || (entry.kind === '' ? '' : versionOf(entry))
    return { ...content, version, endpoints: endpointAt(scheme, entry) }
  }
  const { meta: metadata, tags } = entry
  const endpoints = form ? endpointAt(form.scheme, entry) : endpointsOf(entry)
  return { version: versionOf(entry), metadata, endpoints, tags }
}

/**
 * Consul has a weight for a service that passes, and one for a service that warns. One in the metadata comes first, and Consul's
 * then counts for nothing, as for Kratos' clients.
 */
function weigh(observed: Writable<Observed>, entry: ConsulEntry): void {
  const { weight: written, env } = weightAndEnv(entry.meta)
  if (env !== undefined) observed.env = env
  if (written !== undefined) {
    observed.weight = written
    return
  }
  const { passing, warning } = entry.weights ?? DEFAULT_WEIGHTS
  observed.registryWeight = observed.status === 'warning' ? warning : passing
  if (chosenWeights(entry)) observed.weight = observed.registryWeight
}

function versionOf({ tags }: ConsulEntry): string {
  return tags.findLast((tag) => tag.startsWith(VERSION_TAG))?.slice(VERSION_TAG.length) ?? ''
}

/** Without a tagged address Kratos takes the service's own for HTTP. */
function endpointsOf(entry: ConsulEntry): string[] {
  const tagged = endpointTags(entry).map(({ address }) => address)
  return tagged.length > 0 ? tagged : endpointAt('http', entry)
}

function endpointAt(scheme: string, { host, port }: ConsulEntry): string[] {
  if (host === '' || port === 0) return []
  return [`${scheme}://${inUrl(host)}:${port}`]
}

/** Undefined where nothing is known of it. */
function observedPlace({ datacenter, node, namespace }: ConsulEntry): Place | undefined {
  if (datacenter !== '' && node !== '' && namespace === '') return { datacenter, node }
  const place: Writable<Place> = {}
  if (datacenter !== '') place.datacenter = datacenter
  if (node !== '') place.node = node
  if (namespace !== '') place.namespace = namespace
  return Object.keys(place).length === 0 ? undefined : place
}
