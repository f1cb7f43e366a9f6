import { RollcallError } from '../../model/errors.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../backend.ts'
import type { Consul } from './backend.ts'
import type { Catalogue, Picture } from './catalogue.ts'
import { mayHold } from './form.ts'
import { withOutputs } from './outputs.ts'
import { inOrder, recordOf } from './records.ts'

const PAGE = 200
/** Up to so many services are asked for one by one; more cost less in one request for all. */
export const FEW = 8

const PARTIAL = 'Consul left out what this token may not read'

/** The registrations of a scope, a data centre after the other. */
export async function* scan(
  { catalogue, layout }: Consul,
  { services, rawKey }: Scope,
  { signal, detail = false }: ScanOptions,
): AsyncGenerator<Page> {
  if (rawKey !== undefined) throw new RollcallError('unsupported', 'consul has no stored keys')
  let pictures: Picture[] = []
  for (const dc of await catalogue.datacenters(signal)) {
    const few = services !== undefined && services.length <= FEW
    pictures.push(
      ...(few ? await ofServices(catalogue, layout, dc, services, signal) : [await catalogue.whole(dc, { signal })]),
    )
  }
  if (detail) pictures = await withOutputs(pictures, catalogue.agents, signal)
  const partial = pictures.some((picture) => picture.filtered) ? { partial: PARTIAL } : {}
  const records = recordsIn(pictures, layout, services)
  pictures.length = 0
  for (let at = 0; at === 0 || at < records.length; at += PAGE) {
    signal?.throwIfAborted()
    yield { records: records.slice(at, at + PAGE), ...partial }
  }
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
  catalogue: Catalogue,
  layout: LayoutName | 'auto',
  dc: string,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<Picture[]> {
  const { names } = await catalogue.names(dc, { signal })
  return await Promise.all(candidates(names, services, layout).map((name) => catalogue.service(dc, name, { signal })))
}
