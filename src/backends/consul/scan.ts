import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import type { ConsulContext } from './context.ts'
import type { CatalogQueries, ServiceSnapshot } from './catalog-queries.ts'
import { mayHold, usualNames } from './layout.ts'
import { withCheckOutput } from './owner.ts'
import { inOrder, placeOf, recordOf } from './record.ts'

const PAGE = 200
/** Up to so many services are read one by one. More cost less in one request for all. */
export const FEW = 8

/** The records of a scope, one data centre after another. */
export async function* scan(
  consul: ConsulContext,
  scope: Scope,
  { signal, detail = false }: ScanOptions,
): AsyncGenerator<Page> {
  const { catalog, layout } = consul
  let snapshots = await snapshotsOf(consul, scope, signal)
  if (detail) snapshots = await withCheckOutput(snapshots, catalog.agents, signal)
  const unreadable = unreadableOf(snapshots)
  const records = recordsIn(snapshots, layout, scope.rawKey === undefined ? scope.services : undefined)
  snapshots.length = 0
  for (let at = 0; at === 0 || at < records.length; at += PAGE) {
    signal?.throwIfAborted()
    yield { records: records.slice(at, at + PAGE), ...unreadable }
  }
}

async function snapshotsOf(
  consul: ConsulContext,
  { services, rawKey }: Scope,
  signal?: AbortSignal,
): Promise<ServiceSnapshot[]> {
  const { catalog } = consul
  if (rawKey !== undefined) return await ofKey(catalog, rawKey, signal)
  const snapshots: ServiceSnapshot[] = []
  for (const dc of await catalog.datacenters(signal)) {
    const few = services !== undefined && services.length <= FEW
    snapshots.push(...(few ? await ofServices(consul, dc, services, signal) : [await catalog.whole(dc, { signal })]))
  }
  return snapshots
}

async function ofKey(catalog: CatalogQueries, rawKey: string, signal?: AbortSignal): Promise<ServiceSnapshot[]> {
  const place = placeOf(rawKey)
  if (!place || !catalog.covers(place.datacenter)) return []
  return [await catalog.at(place.datacenter, place.node, place.id, { signal })]
}

function unreadableOf(snapshots: readonly ServiceSnapshot[]): Pick<Page, 'unreadable'> {
  const hidden = new Set(snapshots.map((snapshot) => snapshot.hidden))
  if (hidden.has('something')) return { unreadable: 'Consul left out what this token may not read' }
  return hidden.has('unreported') ? { unreadable: 'Consul leaves out what you may not read without a token' } : {}
}

/** Consul's services that may hold parts of these. */
export function candidates(
  names: readonly string[],
  services: readonly string[],
  layout: LayoutName | 'auto',
): string[] {
  return names.filter((name) => services.some((service) => mayHold(name, service, layout)))
}

export function recordsIn(
  snapshots: readonly ServiceSnapshot[],
  layout: LayoutName | 'auto',
  services?: readonly string[],
): RawRecord[] {
  const wanted = services && new Set(services)
  const records = snapshots.flatMap(({ entries }) => entries.map((entry) => recordOf(entry, layout)))
  return inOrder(wanted ? records.filter(({ service }) => wanted.has(service)) : records)
}

async function ofServices(
  { catalog, layout }: ConsulContext,
  dc: string,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<ServiceSnapshot[]> {
  const { names, hidden } = await catalog.names(dc, { signal })
  const seen = candidates(names, services, layout)
  if (hidden === 'nothing') return await Promise.all(seen.map((name) => catalog.service(dc, name, { signal })))
  // The list of names leaves out what there is no permission to read, so these are read whether they are in it or not.
  const all = [...new Set([...seen, ...usualNames(services, layout)])]
  const snapshots = await Promise.all(all.map((name) => catalog.service(dc, name, { signal })))
  const isUnreported = snapshots.some((snapshot) => snapshot.hidden === 'unreported')
  if (!isUnreported || !(await catalog.mayRead(dc, all, signal))) return snapshots
  return snapshots.map(({ entries, index }) => ({ entries, index, hidden: 'nothing' }))
}
