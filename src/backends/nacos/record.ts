import { bracketed, inUrl, withoutBrackets } from '../../model/address.ts'
import type { Observed } from '../../model/observed.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Reading, InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { type Host, beatsOf, hostIn, isObject } from './host.ts'
import { type Address, addressOf, kratosName, type NacosService, recordId } from './names.ts'
import { formatDuration } from '../../model/duration.ts'
import type { Aftermath } from '../contract/backend.ts'
import { createHash } from 'node:crypto'

/** A record's body. */
export interface Body {
  readonly host: Host
  /** Only the port tells it apart: it is not of Kratos, or its scheme is at that ip twice. */
  readonly shared: boolean
  /** The gRPC client that holds it, by its id, where that was looked up. */
  readonly holder?: string
}

/** An instance as it was read, under the service that it is listed as. */
export function recordOf(nacos: NacosService, service: string, body: Body): RawRecord {
  return { ...unwrittenRecordOf(nacos, service, body), revision: revisionOf(body.host) }
}

/** The same before anybody has read it. */
export function unwrittenRecordOf(nacos: NacosService, service: string, body: Body): RawRecord {
  const { clusterName, ip, port } = body.host
  return { id: recordId({ ...nacos, cluster: clusterName, ip, port }), service, body }
}

/** What a record holds; undefined for one that did not come from here. */
export function bodyOf({ body }: Pick<RawRecord, 'body'>): Body | undefined {
  if (!isObject(body)) return undefined
  const host = hostIn(body['host'])
  const { shared, holder } = body
  return host && { host, shared: shared === true, ...(typeof holder === 'string' ? { holder } : {}) }
}

/** Nacos numbers no changes, so what an instance says stands for the state that it is in. */
export function revisionOf(host: Host): string {
  return createHash('sha256').update(JSON.stringify(host)).digest('hex').slice(0, 16)
}

/** Nacos removes silent ephemeral instances itself; persistent ones stay for ever. One endpoint that lives is enough to live. */
export function dead({ records }: InstanceEntry): string | undefined {
  const hosts = records.map((record) => bodyOf(record)?.host)
  const all = hosts.every((host) => host && !host.ephemeral && !host.healthy && host.enabled && host.weight > 0)
  return all ? 'persistent, and the server cannot connect to it' : undefined
}

export function aftermath(record: RawRecord): Aftermath {
  const body = bodyOf(record)
  if (!body?.host.ephemeral) return { comesBack: false }
  if (body.holder !== undefined) {
    const note = `the gRPC client ${body.holder} holds it, so it cannot be removed over HTTP: rollcall offline takes it out of traffic`
    return { comesBack: true, note }
  }
  if (!body.host.healthy) return { comesBack: false, note: 'the server removes it by itself' }
  const within = formatDuration(beatsOf(body.host).every)
  return { comesBack: true, note: `its process, if it lives, brings it back with its next heartbeat, within ${within}` }
}

/** Says what a reader takes for granted of hosts that do not say it. */
export interface ReadAs {
  /** The scheme of hosts without metadata `kind`, as Kratos' WithDefaultKind; undefined where nobody chose one. */
  readonly kind: string | undefined
}

/** What Kratos' reader assumes. */
const DEFAULT_KIND = 'grpc'

/** One endpoint of a Kratos instance, or an instance of another framework. Never throws. */
export function read(record: RawRecord, as: ReadAs): Reading {
  const address = addressOf(record.id)
  const body = bodyOf(record)
  if (!address || !body) {
    const message = 'it is no instance of Nacos: an address, a weight or a cluster is missing'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: record.service } }
  }
  const { host, shared, holder } = body
  const endpoints = [endpointOf(host, as)]
  const kratos = kratosName(address.name)
  if (kratos?.base === '') return nameless(address, endpoints)
  const id = shared ? placeAt(host) : withoutBrackets(host.ip)
  const { namespace, group, cluster } = address
  return {
    is: 'instance',
    instance: {
      id,
      name: kratos?.base ?? address.name,
      version: host.metadata['version'] ?? '',
      metadata: kratos ? ownMetadata(host.metadata) : host.metadata,
      endpoints,
    },
    observed: {
      ...statusOf(host),
      weight: host.weight,
      ...(host.metadata['env'] === undefined ? {} : { env: host.metadata['env'] }),
      ...(holder === undefined ? {} : { owner: `gRPC client ${holder}` }),
      place: { namespace, group, cluster },
      layout: kratos ? 'kratos' : 'service',
    },
    ...(shared ? {} : { spread: `${namespace}/${group}/${cluster}/${id}` }),
  }
}

function nameless({ name, ip, port }: Address, endpoints: readonly string[]): Reading {
  const message = `the service is called "${name}": it has no name before its scheme`
  return { is: 'malformed', problem: { code: 'empty-name', message, culprit: name, id: `${ip}:${port}`, endpoints } }
}

/** The scheme that clients dial a host with. */
export function schemeOf({ metadata }: Pick<Host, 'metadata'>, { kind }: ReadAs): string {
  if (metadata['kind']) return metadata['kind']
  if (kind !== undefined) return kind
  if (metadata['preserved.register.source'] !== 'SPRING_CLOUD') return DEFAULT_KIND
  return metadata['secure'] === 'true' ? 'https' : 'http'
}

function endpointOf(host: Host, as: ReadAs): string {
  return `${schemeOf(host, as)}://${inUrl(host.ip)}:${host.port}`
}

/** `ip:port`, an IPv6 address in brackets. */
export function placeAt({ ip, port }: Pick<Host, 'ip' | 'port'>): string {
  return `${bracketed(ip)}:${port}`
}

/** Without what Kratos keeps there of the instance's other fields. */
function ownMetadata({ kind: _, version: __, ...own }: Metadata): Metadata {
  return own
}

function statusOf({ enabled, weight, healthy, ephemeral }: Host): Pick<Observed, 'status' | 'reason'> {
  const stays = ephemeral ? '' : ', persistent'
  const of = (status: Status, reason: string) => ({ status, reason: `${reason}${stays}` })
  if (!enabled) return of('down', 'disabled')
  if (weight === 0) return of('down', 'weight 0')
  if (!healthy) return of('unhealthy', ephemeral ? 'its heartbeats stopped' : 'the server cannot connect to it')
  return ephemeral ? { status: 'up' } : { status: 'up', reason: 'persistent' }
}
