import type { LayoutName } from '../model/observed.ts'
import { layouts } from './by-name.ts'
import type { StoreKind } from './layout.ts'
import { segmentsOf } from './stored-key.ts'

/** Those whose rules hold under a prefix. */
export type Owner = Exclude<LayoutName, 'kratos-scheme'>

const KINDS: readonly StoreKind[] = ['flat', 'tree']

/** The owner of each prefix that a layout has of its own; the first of two has it. */
const OWNERS: Readonly<Record<StoreKind, ReadonlyMap<string, Owner>>> = {
  flat: ownersIn('flat'),
  tree: ownersIn('tree'),
}

/**
 * Who owns a prefix (without the slash that ends it): the layout that was named, else the one whose default it is. No
 * layout owns any other prefix, nor the root or the store as a whole.
 */
export function ownerOf(prefix: string, layout: LayoutName | 'auto', kind: StoreKind): Owner | undefined {
  if (prefix === '') return undefined
  return layout === 'auto' ? OWNERS[kind].get(prefix) : ownerNamed(layout)
}

export function ownerNamed(layout: LayoutName): Owner {
  return layout === 'kratos-scheme' ? 'kratos' : layout
}

/** Whether a prefix is one that a layout has of its own, so that nobody has to name it. */
export function isDefaultPrefix(prefix: string): boolean {
  return KINDS.some((kind) => OWNERS[kind].has(prefix))
}

/** The default prefix that a key lies under. */
export function defaultAbove(key: string): string | undefined {
  for (const kind of KINDS) for (const prefix of OWNERS[kind].keys()) if (key.startsWith(`${prefix}/`)) return prefix
  return undefined
}

/** Where a reader looks in such a store: in the layout named, else in those of all layouts. In key order. */
export function prefixesToRead(layout: LayoutName | 'auto', kind: StoreKind): readonly string[] {
  if (layout === 'auto') return DEFAULTS[kind]
  const { prefixes, defaultPrefix } = layouts[layout]
  const own = prefixes[kind] ?? []
  if (own.length > 0) return own.toSorted()
  return [kind === 'tree' && !defaultPrefix.startsWith('/') ? '/' : defaultPrefix]
}

const DEFAULTS: Readonly<Record<StoreKind, readonly string[]>> = { flat: defaultsIn('flat'), tree: defaultsIn('tree') }

function defaultsIn(kind: StoreKind): readonly string[] {
  const read = Object.values(layouts).filter(({ onlyNamed }) => !onlyNamed)
  return [...new Set(read.flatMap(({ prefixes }) => prefixes[kind] ?? []))].toSorted()
}

function ownersIn(kind: StoreKind): ReadonlyMap<string, Owner> {
  const owners = new Map<string, Owner>()
  for (const { name, prefixes } of Object.values(layouts))
    for (const prefix of prefixes[kind] ?? []) if (!owners.has(prefix)) owners.set(prefix, ownerNamed(name))
  return owners
}

/** In which layout a new record is written under a prefix. A bare address is only written where that was asked for. */
export function usualLayout(prefix: string | undefined, kind: StoreKind): LayoutName {
  const owner = prefix === undefined ? undefined : ownerOf(prefix, 'auto', kind)
  return owner === undefined || layouts[owner].onlyNamed ? 'kratos' : owner
}

/** The layouts that such a store can hold. */
export function layoutsIn(kind: StoreKind): readonly LayoutName[] {
  return Object.values(layouts).flatMap(({ name, prefixes }) => (prefixes[kind] ? [name] : []))
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
