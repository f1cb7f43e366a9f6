import type { hash as Hash } from 'node:crypto'
import { bracketed, inUrl, withoutBrackets } from '../../model/address.ts'
import { formatDuration } from '../../model/duration.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Observed } from '../../model/observed.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { RemovalEffect } from '../contract/backend.ts'
import { dubboScheme, springScheme } from './frameworks.ts'
import { type Host, beatsOf, hostIn, isObject } from './host.ts'
import type { HostIdentity } from './identity.ts'
import { type NacosAddress, type NacosService, addressOf, isPlainId, kratosName, recordId } from './names.ts'
import type { Writable } from '../../model/writable.ts'
import { advice } from '../../model/wording.ts'

/** A record's body. */
export interface NacosBody extends HostIdentity {
  readonly host: Host
  /** The id of the gRPC client that holds it, where that was looked up. */
  readonly holder?: string
}

/** A record of Nacos: an address in a cluster of a service. */
export interface NacosRecord extends RawRecord {
  readonly address: NacosAddress
  readonly body: NacosBody
}

/** A record that was made here of an answer, and says what its id says: nothing of it has to be checked again. A copy of one is checked. */
class ReadRecord implements NacosRecord {
  readonly id: string
  readonly service: string
  readonly address: NacosAddress
  readonly body: NacosBody
  readonly revision: string

  constructor({ id, service, address, body }: NacosRecord, revision: string) {
    this.id = id
    this.service = service
    this.address = address
    this.body = body
    this.revision = revision
  }
}

/** An instance as it was read, under the service that it is listed as. */
export function recordOf(
  nacos: NacosService,
  service: string,
  host: Host,
  { shared, ownId }: HostIdentity,
): NacosRecord {
  const body = ownId === undefined ? { host, shared } : { host, shared, ownId }
  const record = unwrittenRecordOf(nacos, service, body)
  const revision = revisionOf(host)
  return isPlainId(record.id) ? new ReadRecord(record, revision) : { ...record, revision }
}

/** An instance that nobody has read yet: it has no revision. */
export function unwrittenRecordOf(
  { namespace, group, name }: NacosService,
  service: string,
  body: NacosBody,
): NacosRecord {
  const { clusterName: cluster, ip, port } = body.host
  const address = { namespace, group, name, cluster, ip, port }
  return { id: recordId(address), service, address, body }
}

let hash: typeof Hash | undefined

/** Nacos has no revisions: a digest of what an instance says stands for one. */
function revisionOf(host: Host): string {
  // Loaded here: every command loads this file, and the module takes as long as ten of ours.
  hash ??= process.getBuiltinModule('node:crypto').hash
  return hash('sha256', JSON.stringify(host)).slice(0, 16)
}

/** The same record with its address and body known; undefined for one that did not come from Nacos. */
export function ownRecord(record: RawRecord): NacosRecord | undefined {
  if (record instanceof ReadRecord) return record
  const address = addressOf(record.id)
  if (!address || !isObject(record.body)) return undefined
  const { shared, ownId, holder } = record.body
  const host = hostIn(record.body['host'])
  const body = host && {
    host,
    shared: shared === true,
    ...(typeof ownId === 'string' ? { ownId } : {}),
    ...(typeof holder === 'string' ? { holder } : {}),
  }
  return body && { ...record, address, body }
}

/** Why all endpoints of an instance are dead. Nacos removes silent ephemeral instances on its own, and keeps persistent ones. */
export function whyDead({ records }: InstanceEntry): string | undefined {
  const hosts = records.map((record) => ownRecord(record)?.body.host)
  const all = hosts.every((host) => host && !host.ephemeral && !host.healthy && host.enabled && host.weight > 0)
  return all ? 'persistent, and the server cannot connect to it' : undefined
}

/** What follows when a record is removed. */
export function removalEffect(record: RawRecord): RemovalEffect {
  const { host, holder } = ownRecord(record)?.body ?? {}
  if (!host?.ephemeral) return { comesBack: false }
  if (holder !== undefined) {
    const note = `the gRPC client ${holder} holds it, so it cannot be removed over HTTP: ${advice('setOffline')} takes it out of traffic`
    return { comesBack: true, note }
  }
  if (!host.healthy) return { comesBack: false, note: 'the server removes it on its own' }
  const within = formatDuration(beatsOf(host).every)
  return { comesBack: true, note: `its process, if it lives, brings it back with its next heartbeat, within ${within}` }
}

/** What a reader assumes of instances that do not say it. */
export interface ReadAs {
  /** The scheme of instances without metadata `kind`, as Kratos' WithDefaultKind; undefined where nobody chose one. */
  readonly kind: string | undefined
}

/** What Kratos' reader assumes. */
const DEFAULT_KIND = 'grpc'

/** One endpoint of a Kratos instance, or an instance of another framework. Never throws. */
export function read(record: RawRecord, as: ReadAs): Reading {
  const own = ownRecord(record)
  if (!own) {
    const message = 'it is not an instance of Nacos: an address, a weight or a cluster is missing'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: record.service } }
  }
  const { address, body } = own
  const { host, shared, ownId } = body
  const kratos = kratosName(address.name)
  // Consumers and services of a mesh may say port 0: there is nothing to dial.
  const endpoints = host.port === 0 && !kratos ? [] : [endpointOf(host, as)]
  if (kratos?.base === '') return nameless(address, endpoints)
  const ip = withoutBrackets(host.ip)
  const id = ownId ?? (shared ? placeAt(host) : ip)
  const instance = {
    id,
    name: kratos?.base ?? address.name,
    version: host.metadata['version'] ?? '',
    metadata: kratos ? ownMetadata(host.metadata, ownId) : host.metadata,
    endpoints,
  }
  const observed = observedOf(own, kratos ? 'kratos' : 'service')
  if (shared) return { is: 'instance', instance, observed }
  const { namespace, group, cluster } = address
  const place = `${namespace}/${group}/${cluster}/${ip}`
  return { is: 'instance', instance, observed, groupKey: ownId === undefined ? place : `${place}/${ownId}` }
}

function observedOf({ address, body }: NacosRecord, layout: 'kratos' | 'service'): Observed {
  const { host, holder } = body
  const { namespace, group, cluster } = address
  const { status, reason } = statusOf(host)
  const env = host.metadata['env']
  const place = { namespace, group, cluster }
  const observed: Writable<Observed> = { status, weight: host.weight, place, layout }
  if (reason !== undefined) observed.reason = reason
  if (env !== undefined) observed.env = env
  if (holder !== undefined) observed.owner = `gRPC client ${holder}`
  return observed
}

function nameless({ name, ip, port }: NacosAddress, endpoints: readonly string[]): Reading {
  const message = `the service is called "${name}": it has no name before its scheme`
  return { is: 'malformed', problem: { code: 'empty-name', message, culprit: name, id: `${ip}:${port}`, endpoints } }
}

/** The scheme that clients dial an instance with. */
function schemeOf(host: Host, { kind }: ReadAs): string {
  const { metadata } = host
  return metadata['kind'] || (dubboScheme(host) ?? kind ?? springScheme(metadata) ?? DEFAULT_KIND)
}

function endpointOf(host: Host, as: ReadAs): string {
  return `${schemeOf(host, as)}://${inUrl(host.ip)}:${host.port}`
}

/** `ip:port`, an IPv6 address in brackets. */
function placeAt({ ip, port }: Host): string {
  return `${bracketed(ip)}:${port}`
}

/** Without the instance's other fields, which Kratos keeps there, and Sponge the id too. */
function ownMetadata({ kind: _, version: __, ...own }: Metadata, ownId: string | undefined): Metadata {
  return ownId === undefined ? own : withoutId(own)
}

function withoutId({ id: _, ...own }: Metadata): Metadata {
  return own
}

function statusOf({ enabled, weight, healthy, ephemeral }: Host): Pick<Observed, 'status' | 'reason'> {
  if (enabled && weight !== 0 && healthy) return ephemeral ? { status: 'up' } : { status: 'up', reason: 'persistent' }
  const stays = ephemeral ? '' : ', persistent'
  const of = (status: Status, reason: string) => ({ status, reason: `${reason}${stays}` })
  if (!enabled) return of('down', 'disabled')
  if (weight === 0) return of('down', 'weight 0')
  return of('unhealthy', ephemeral ? 'its heartbeats stopped' : 'the server cannot connect to it')
}
