import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import type { Consul } from './backend.ts'
import type { Catalogue, Picture } from './catalogue.ts'
import { mayHold, usualNames } from './form.ts'
import { withOutputs } from './outputs.ts'
import { inOrder, placeOf, recordOf } from './records.ts'

const PAGE = 200
/** Up to so many services are asked for one by one; more cost less in one request for all. */
export const FEW = 8

/** The registrations of a scope, a data centre after the other. */
export async function* scan(
  consul: Consul,
  scope: Scope,
  { signal, detail = false }: ScanOptions,
): AsyncGenerator<Page> {
  const { catalogue, layout } = consul
  let pictures = await picturesOf(consul, scope, signal)
  if (detail) pictures = await withOutputs(pictures, catalogue.agents, signal)
  const partial = partialOf(pictures)
  const records = recordsIn(pictures, layout, scope.rawKey === undefined ? scope.services : undefined)
  pictures.length = 0
  for (let at = 0; at === 0 || at < records.length; at += PAGE) {
    signal?.throwIfAborted()
    yield { records: records.slice(at, at + PAGE), ...partial }
  }
}

async function picturesOf(consul: Consul, { services, rawKey }: Scope, signal?: AbortSignal): Promise<Picture[]> {
  const { catalogue } = consul
  if (rawKey !== undefined) return await ofKey(catalogue, rawKey, signal)
  const pictures: Picture[] = []
  for (const dc of await catalogue.datacenters(signal)) {
    const few = services !== undefined && services.length <= FEW
    pictures.push(...(few ? await ofServices(consul, dc, services, signal) : [await catalogue.whole(dc, { signal })]))
  }
  return pictures
}

async function ofKey(catalogue: Catalogue, rawKey: string, signal?: AbortSignal): Promise<Picture[]> {
  const place = placeOf(rawKey)
  if (!place || !catalogue.covers(place.datacenter)) return []
  return [await catalogue.at(place.datacenter, place.node, place.id, { signal })]
}

function partialOf(pictures: readonly Picture[]): Pick<Page, 'partial'> {
  const hidden = new Set(pictures.map((picture) => picture.hidden))
  if (hidden.has('something')) return { partial: 'Consul left out what this token may not read' }
  return hidden.has('unsaid') ? { partial: 'Consul leaves out what one may not read without a token' } : {}
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
  pictures: readonly Picture[],
  layout: LayoutName | 'auto',
  services?: readonly string[],
): RawRecord[] {
  const wanted = services && new Set(services)
  const records = pictures.flatMap(({ entries }) => entries.map((entry) => recordOf(entry, layout)))
  return inOrder(wanted ? records.filter(({ service }) => wanted.has(service)) : records)
}

async function ofServices(
  { catalogue, layout }: Consul,
  dc: string,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<Picture[]> {
  const { names, hidden } = await catalogue.names(dc, { signal })
  const seen = candidates(names, services, layout)
  if (hidden === 'nothing') return await Promise.all(seen.map((name) => catalogue.service(dc, name, { signal })))
  // The list of names leaves out what may not be read, so these are asked for whether they are in it or not.
  const all = [...new Set([...seen, ...usualNames(services, layout)])]
  const pictures = await Promise.all(all.map((name) => catalogue.service(dc, name, { signal })))
  const isUnsaid = pictures.some((picture) => picture.hidden === 'unsaid')
  if (!isUnsaid || !(await catalogue.mayRead(dc, all, signal))) return pictures
  return pictures.map(({ entries, index }) => ({ entries, index, hidden: 'nothing' }))
}
