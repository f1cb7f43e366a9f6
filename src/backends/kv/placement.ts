import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { WriteOptions } from '../contract/backend.ts'
import { type KvRecord, exactly, inside } from './store.ts'
import { type KvContext, encodeOptions, placeToWrite } from './context.ts'
import type { Prefix } from './prefix.ts'
import { holdsItsPlace, type WantedRegistration } from './existing.ts'
import { read, rawRecordOf } from './record.ts'
import { layouts } from '../../layouts/index.ts'
import { parseAddress } from '../../model/endpoint.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import { option } from '../../model/wording.ts'
import { firstOf, firstRecords } from './first-records.ts'
import { Folders, located } from './folders.ts'

/** Records of the service that are examined where the first is of another layout: its readers already fail at the first of ours. */
const LOOKED_AT = 100

/** The layouts among the records of a service; an object names the other program whose records were recognised. */
export type LayoutsThere = ReadonlySet<LayoutName | { readonly looksLike: string }>

/**
 * The layout in which to write an instance: the one the user named, otherwise the one already in the folder of its service.
 * Readers of a folder with other records would take ours for one of theirs.
 *
 * @throws RollcallError `conflict` where the folder belongs to another program, or its layout cannot hold the instance
 */
export async function layoutToWrite(kv: KvContext, instance: InstanceInit, options: WriteOptions): Promise<LayoutName> {
  const { layout, prefix } = placeToWrite(kv, options.layout)
  if (!followsFolder(kv, options)) return layout
  const { signal } = options
  const there = await layoutsIn(kv, prefix, { service: instance.name, wanted: layout, ...(signal && { signal }) })
  return layoutAmong(kv, instance, options, there)
}

/** Whether the folder of a service decides in which layout an instance is written. */
export function followsFolder(kv: KvContext, { layout }: Pick<WriteOptions, 'layout'>): boolean {
  return layout === undefined && kv.layout === 'auto' && !placeToWrite(kv).prefix.isWholeStore
}

/** The same, given what is in the folder. @throws RollcallError `conflict` as `layoutToWrite` */
export function layoutAmong(
  kv: KvContext,
  instance: InstanceInit,
  options: WriteOptions,
  there: LayoutsThere,
): LayoutName {
  const { layout, prefix } = placeToWrite(kv, options.layout)
  const [other] = there
  if (other === undefined || there.has(layout)) return layout
  if (typeof other === 'object') throw othersFolder(instance, layout, other.looksLike)
  if (other === 'plain' && !instance.endpoints?.every((endpoint) => parseAddress(endpoint)))
    throw bareFolder(instance, layout)
  try {
    const { weight, env } = options
    layouts[other].encode(instance, encodeOptions(prefix, { now: kv.now(), weight, env }))
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'usage') throw error
    throw new RollcallError(
      'conflict',
      `${instance.name} is registered in layout ${other}, which cannot hold this instance: ${error.message}`,
      {
        hint: `${option('layout', other)} takes what it can hold; ${option('layout', layout)} registers it anyway, beside the others`,
        cause: error,
      },
    )
  }
  return other
}

interface FolderLook {
  readonly service: string
  /** Once it is found, there is no need to look further. */
  readonly wanted: LayoutName
  /** The first record of the folder, or none, where it is known. */
  readonly first?: readonly KvRecord[]
  readonly signal?: AbortSignal
}

/** The layouts in a folder. One of the layout that is wanted, as nearly all are, takes a look at its first record alone. */
export async function layoutsIn(kv: KvContext, prefix: Prefix, look: FolderLook): Promise<LayoutsThere> {
  const { service, wanted, first, signal } = look
  const folder = inside(prefix.folder(service))
  let there: LayoutsThere = new Set()
  try {
    for (const limit of [1, LOOKED_AT]) {
      const found = limit === 1 && first ? first : await firstRecords(kv, folder, limit, signal)
      const places = found.map((record) => prefix.locate(record))
      there = layoutsOf(kv, await located(kv, places, new Folders(kv, signal)))
      if (there.has(wanted) || found.length < limit) break
    }
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
  return there
}

function layoutsOf(kv: KvContext, records: readonly RawRecord[]): LayoutsThere {
  const found = new Set<LayoutName | { readonly looksLike: string }>()
  for (const record of records) addLayout(found, kv, record)
  return found
}

function addLayout(found: Set<LayoutName | { readonly looksLike: string }>, kv: KvContext, record: RawRecord): void {
  const reading = read(kv, record, kv.now())
  if (reading.is === 'instance') {
    const { layout } = reading.observed
    if (layout !== undefined && layout !== 'service') found.add(layout)
  } else if (reading.is === 'foreign' && reading.looksLike !== undefined && found.size === 0)
    found.add({ looksLike: reading.looksLike })
}

/** Clients of bare addresses connect to each value as it is. */
function bareFolder({ name, endpoints = [] }: InstanceInit, layout: LayoutName): RollcallError {
  const what = endpoints?.join(', ') || 'no endpoint'
  return new RollcallError('conflict', `the folder of ${name} holds bare addresses, and ${what} is not one`, {
    hint: `${option('layout', 'plain')} takes host:port alone; ${option('layout', layout)} registers it anyway, beside the others`,
  })
}

function othersFolder({ name }: InstanceInit, layout: LayoutName, looksLike: string): RollcallError {
  return new RollcallError(
    'conflict',
    `the folder of ${name} holds records of ${looksLike}, whose clients would read this one`,
    {
      hint: `choose another name or ${option('prefix')}; ${option('layout', layout)} registers it anyway`,
    },
  )
}

/**
 * Throws `conflict` when the instance is alive in another place that is read without a layout: it would be listed twice,
 * and a write could not tell which is meant. Does nothing when the user named a layout or a prefix, which decides it.
 */
export async function refuseDuplicate(kv: KvContext, wanted: WantedRegistration, options: WriteOptions): Promise<void> {
  const { signal } = options
  if (!hasOtherPlaces(kv, options)) return
  const places = otherPlaces(kv, wanted)
  const ranges = places.map(({ key }) => exactly(key))
  const records = await firstOf(kv, ranges, signal)
  const [other] = places.flatMap((place, at) => instanceAmong(kv, wanted, place, records[at] ?? []) ?? [])
  if (other === undefined) return
  const { name, id } = wanted.instance
  throw new RollcallError('conflict', `${name}/${id} is already registered in another place: ${other.key}`, {
    hint: `${option('layout', other.layout)} updates that one; ${option('layout', wanted.layout)} registers it here as well`,
  })
}

/** Whether the user named neither a layout nor a prefix, so that an instance could be in several places. */
export function hasOtherPlaces(kv: KvContext, { layout }: Pick<WriteOptions, 'layout'>): boolean {
  return layout === undefined && kv.layout === 'auto' && kv.givenPrefix === undefined
}

interface Place {
  readonly prefix: Prefix
  readonly key: Uint8Array
}

/** The same key below the other prefixes, and the keys of records for a single scheme. */
function otherPlaces(kv: KvContext, { instance, prefix }: WantedRegistration): Place[] {
  const keyIn = (one: Prefix, below: string) => Buffer.concat([one.folder(instance.name), Buffer.from(`/${below}`)])
  const perScheme = [...schemesOf(instance)].map((scheme) => ({
    prefix,
    key: keyIn(prefix, `${scheme}/${instance.id}`),
  }))
  const others = kv.prefixes.filter(({ text }) => text !== prefix.text)
  return [...others.map((other) => ({ prefix: other, key: keyIn(other, instance.id) })), ...perScheme]
}

/** The schemes of its endpoints: a record for one alone lies in a folder of that name. */
export function schemesOf({ endpoints }: InstanceInit): ReadonlySet<string> {
  return new Set((endpoints ?? []).flatMap((url) => /^([^:/]+):\/\//.exec(url)?.[1] ?? []))
}

/** The key and layout of the same instance among what lies at that place, if it is alive. */
function instanceAmong(kv: KvContext, wanted: WantedRegistration, { prefix }: Place, records: readonly KvRecord[]) {
  for (const record of records) {
    const found = rawRecordOf(prefix.locate(record))
    const layout = layoutOf(kv, wanted, found)
    if (layout !== undefined) return { key: found.id, layout }
  }
  return undefined
}

function layoutOf(kv: KvContext, { instance }: WantedRegistration, record: RawRecord): string | undefined {
  const reading = read(kv, record, kv.now())
  if (reading.is !== 'instance' || !holdsItsPlace(reading)) return undefined
  const same = reading.instance.name === instance.name && reading.instance.id === instance.id
  return same ? reading.observed.layout : undefined
}
