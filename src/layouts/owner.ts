import type { LayoutName } from '../model/observed.ts'
import { aio } from './aio.ts'
import { kratos } from './kratos.ts'
import { plain } from './plain.ts'
import { segmentsOf } from './signs.ts'

/** Those whose rules hold under a prefix. */
export type Owner = 'kratos' | 'aio' | 'plain'

const DEFAULTS: ReadonlyMap<string, Owner> = new Map([
  [kratos.defaultPrefix, 'kratos'],
  [aio.defaultPrefix, 'aio'],
  [plain.defaultPrefix, 'plain'],
])

/**
 * Who owns a prefix (without the slash that ends it): the layout that was named, else the one whose default it is. No
 * layout owns any other prefix, nor the root or the store as a whole.
 */
export function ownerOf(prefix: string, layout: LayoutName | 'auto'): Owner | undefined {
  if (prefix === '') return undefined
  return layout === 'auto' ? DEFAULTS.get(prefix) : ownerNamed(layout)
}

export function ownerNamed(layout: LayoutName): Owner {
  return layout === 'kratos-scheme' ? 'kratos' : layout
}

/** Whether a prefix is the default of a layout. */
export function isDefaultPrefix(prefix: string): boolean {
  return DEFAULTS.has(prefix)
}

/** The default prefix that a key lies under. */
export function defaultAbove(key: string): string | undefined {
  for (const prefix of DEFAULTS.keys()) if (key.startsWith(`${prefix}/`)) return prefix
  return undefined
}

/** What other systems keep their own state under: the first segment of the key, by the system's name. */
export const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['registry', 'Kubernetes'],
  ['zookeeper', 'ZooKeeper'],
  ['brokers', 'Kafka'],
  ['controller', 'Kafka'],
  ['hbase', 'HBase'],
  ['clickhouse', 'ClickHouse'],
  ['skydns', 'SkyDNS'],
])

/** The system that a key, or a prefix, belongs to. A key without a slash at its beginning belongs to none. */
export function systemOf(key: string): string | undefined {
  return key.startsWith('/') ? SYSTEMS.get(segmentsOf(key)[0] ?? '') : undefined
}

/** What Patroni keeps below a scope. Two of them make it one. */
export const PATRONI: ReadonlySet<string> = new Set([
  'leader',
  'initialize',
  'config',
  'history',
  'members',
  'optime',
  'sync',
  'failover',
  'status',
])
