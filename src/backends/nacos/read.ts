import { bracketed, inUrl, withoutBrackets } from '../../model/address.ts'
import type { Observed } from '../../model/observed.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Host } from './host.ts'
import { type Address, addressOf, kratosName } from './names.ts'
import { bodyOf } from './record.ts'

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
