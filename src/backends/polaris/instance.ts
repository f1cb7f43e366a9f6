import { bracketed } from '../../model/address.ts'
import type { Metadata } from '../../model/instance.ts'
import { textsInOrder } from '../../model/texts.ts'
import { type Tree, isTree, numberIn, textIn, treeIn } from './answer.ts'
import type { Writable } from '../../model/writable.ts'

/** One instance as Polaris tells it: an endpoint, as far as it says something of itself. */
export interface PolarisInstance {
  readonly namespace: string
  /** `sre`, or `sregrpc` for the endpoints of one scheme. */
  readonly service: string
  readonly host: string
  readonly port: number
  readonly protocol: string
  readonly version: string
  readonly weight: number
  /** Seconds; without it nobody's health is looked at. */
  readonly ttl?: number
  readonly healthy: boolean
  readonly isolate: boolean
  /** As it was registered, keys in order. */
  readonly metadata: Metadata
  /** Made by the server, of where it lies; or given by who registered it. */
  readonly id?: string
  /** What else was registered, by the server's names: it means nothing here, and is kept when it is written again. */
  readonly more?: Tree
  /** When the heartbeats stopped, in seconds since 1970; only of one that is unhealthy. */
  readonly lastHeartbeat?: number
}

const LAST_HEARTBEAT = 'internal-lastheartbeat'

/** Undefined for what is none. `namespace` and `service` are those that were asked about. */
export function instanceIn(value: unknown): PolarisInstance | undefined {
  if (!isTree(value)) return undefined
  const { host, port } = value
  if (typeof host !== 'string' || host === '' || typeof port !== 'number') return undefined
  const ttl = ttlIn(value)
  const id = textIn(value, 'id')
  const lastHeartbeat = Number(treeIn(value, 'metadata')[LAST_HEARTBEAT] ?? value['lastHeartbeat'] ?? 0)
  const more = moreIn(value)
  const fields = {
    namespace: textIn(value, 'namespace'),
    service: textIn(value, 'service'),
    host,
    port,
    protocol: textIn(value, 'protocol'),
    version: textIn(value, 'version'),
    weight: numberIn(value, 'weight'),
  }
  const instance = fields as Writable<PolarisInstance>
  if (ttl !== undefined) instance.ttl = ttl
  instance.healthy = value['healthy'] !== false
  instance.isolate = value['isolate'] === true
  instance.metadata = ownMetadata(value)
  if (id !== '') instance.id = id
  if (lastHeartbeat > 0) instance.lastHeartbeat = lastHeartbeat
  if (more) instance.more = more
  return instance
}

/** Names as Polaris' JSON has them. */
const MORE = ['priority', 'location', 'logic_set', 'vpc_id'] as const

/** In an answer of the server they lie beside the others; in a record that was read before, where it was put then. */
function moreIn(value: Tree): Tree | undefined {
  const from = isTree(value['more']) ? value['more'] : value
  const said = MORE.filter((name) => saysSomething(from[name]))
  return said.length > 0 ? Object.fromEntries(said.map((name) => [name, from[name]])) : undefined
}

function saysSomething(value: unknown): boolean {
  return isTree(value) ? Object.values(value).some(saysSomething) : value !== undefined && value !== '' && value !== 0
}

function ttlIn(value: Tree): number | undefined {
  if (typeof value['ttl'] === 'number') return value['ttl']
  const ttl = numberIn(treeIn(treeIn(value, 'healthCheck'), 'heartbeat'), 'ttl')
  return value['enableHealthCheck'] === true && ttl > 0 ? ttl : undefined
}

/**
 * Without what the server writes there of the instance's other fields when it is asked by a client. (Its console leaves
 * all keys of that name out, those of the user too.)
 */
function ownMetadata(value: Tree): Metadata {
  const location = treeIn(isTree(value['more']) ? value['more'] : value, 'location')
  const { protocol, version } = value
  return textsInOrder(treeIn(value, 'metadata'), (key, text) => {
    if (key === LAST_HEARTBEAT) return false
    return (key === 'protocol' ? protocol : key === 'version' ? version : location[key]) !== text
  })
}

/** `host:port`, an IPv6 address in brackets. */
export function addressOf({ host, port }: Pick<PolarisInstance, 'host' | 'port'>): string {
  return `${bracketed(host)}:${port}`
}

/** What RegisterInstance is sent. Whether it is isolated is left to the server: it keeps what was set. */
export function registrationOf(instance: PolarisInstance): object {
  const { namespace, service, host, port, protocol, version, weight, ttl, metadata } = instance
  return {
    namespace,
    service,
    host,
    port,
    protocol,
    version,
    weight,
    metadata,
    ...(ttl === undefined
      ? { enableHealthCheck: false }
      : { enableHealthCheck: true, healthCheck: { type: 'HEARTBEAT', heartbeat: { ttl } } }),
  }
}

/** The same for one that was read: with all that it was registered with, so that nothing of it is lost. */
export function registrationAgain(instance: PolarisInstance): object {
  const { id, more } = instance
  return { ...more, ...registrationOf(instance), ...(id === undefined ? {} : { id }) }
}

/** Whether they say the same, their health apart, and whether they are isolated. */
export function sayTheSame(a: PolarisInstance, b: PolarisInstance): boolean {
  return JSON.stringify(registrationOf(a)) === JSON.stringify(registrationOf(b))
}

/** What names one: its id where the server told it, else where it lies. */
export function nameOf({ id, namespace, service, host, port }: PolarisInstance): object {
  return { ...(id === undefined ? {} : { id }), namespace, service, host, port }
}
