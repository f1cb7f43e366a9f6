import { layouts } from '../../layouts/index.ts'
import { ServiceInstance, type InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { Folders, wholeIn, located } from './folders.ts'
import { exactly, inside, type KvRecord } from './store.ts'
import type { KvContext } from './context.ts'
import type { Prefix } from './prefix.ts'
import { read, keyOf, rawRecordOf, valueOf } from './record.ts'

/** An instance to register, with the records that will hold it. */
export interface WantedRegistration {
  readonly instance: InstanceInit
  readonly layout: LayoutName
  readonly prefix: Prefix
  /** Seconds; null: without a lease. */
  readonly ttl: number | null
  /** Milliseconds between heartbeats, if the user set them. */
  readonly renewInterval?: number
  /** Where a layout names them by their lease, a stand-in is in the place of that in their keys. */
  readonly records: readonly RawRecord[]
  /** The records on a lease, where the layout names them by it. */
  readonly recordsOn?: (lease: string) => readonly RawRecord[]
}

/**
 * The records already stored where an instance is to be written: under its keys, and its other parts in a layout with
 * several.
 */
export async function existingRecords(
  kv: KvContext,
  wanted: WantedRegistration,
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  if (wanted.recordsOn) return withSameValue(kv, wanted, signal)
  const mark = markOf(kv, wanted)
  if (mark === undefined) return recordsAt(kv, wanted, signal)
  const keys = new Set(wanted.records.map((record) => record.id))
  const existing: RawRecord[] = []
  const folder = inside(wanted.prefix.folder(wanted.instance.name))
  for await (const { records } of kv.store.scan(folder, { signal }))
    for (const record of await locatedIn(kv, wanted.prefix, records, signal))
      if (keys.has(record.id) || spreadOf(readAs(kv, wanted, record)) === mark) existing.push(record)
  return existing
}

/** The mark of its parts, in a layout in which an instance can have several under keys of their own. */
export function markOf(kv: KvContext, wanted: WantedRegistration): string | undefined {
  if (!layouts[wanted.layout].hasParts) return undefined
  return wanted.records.map((record) => spreadOf(readAs(kv, wanted, record))).find(Boolean)
}

/** More than these one write could not replace. */
const MOST = 50

/** The service's records that say the same as the wanted one, whatever their keys. */
async function withSameValue(kv: KvContext, wanted: WantedRegistration, signal?: AbortSignal): Promise<RawRecord[]> {
  const { prefix, instance, records } = wanted
  const value = records[0] && valueOf(records[0])
  const same: RawRecord[] = []
  for await (const page of kv.store.scan(inside(prefix.folder(instance.name)), { signal }))
    for (const there of page.records)
      if (value && Buffer.compare(there.value, value) === 0) same.push(rawRecordOf(prefix.locate(there)))
  return same.filter((record) => readAs(kv, wanted, record).is === 'instance').slice(0, MOST)
}

/** The records, annotated with their folder where the reading depends on it. */
async function locatedIn(
  kv: KvContext,
  prefix: Prefix,
  records: readonly KvRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  const found = records.map((record) => prefix.locate(record))
  const alone = found.map(rawRecordOf)
  if (alone.every((record) => wholeIn(kv, record) !== undefined)) return alone
  return await located(kv, found, new Folders(kv, signal))
}

/** The records stored under exactly these keys. */
export async function recordsAt(
  kv: KvContext,
  { prefix, records }: Pick<WantedRegistration, 'prefix' | 'records'>,
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  const existing: RawRecord[] = []
  for (const record of records)
    for await (const page of kv.store.scan(exactly(keyOf(record)), { signal }))
      existing.push(...(await locatedIn(kv, prefix, page.records, signal)))
  return existing
}

/** Whether a stored record keeps its place: a leased one as long as it exists, an AIO record as long as it is renewed. */
export function isLive(kv: KvContext, wanted: WantedRegistration, existing: readonly RawRecord[]): boolean {
  return existing.some((record) => holdsItsPlace(readAs(kv, wanted, record)))
}

export function holdsItsPlace(reading: Reading): boolean {
  return reading.is !== 'instance' || !['down', 'expired'].includes(reading.observed.status)
}

/** Whether every existing record is one of the wanted records and has the same content, times aside. */
export function agrees(kv: KvContext, wanted: WantedRegistration, existing: readonly RawRecord[]): boolean {
  if (wanted.recordsOn) return true
  const byId = new Map(wanted.records.map((record) => [record.id, record]))
  return existing.every((record) => {
    const same = byId.get(record.id)
    return same !== undefined && sayTheSame(readAs(kv, wanted, record), readAs(kv, wanted, same))
  })
}

function sayTheSame(a: Reading, b: Reading): boolean {
  if (a.is !== 'instance' || b.is !== 'instance') return false
  const { weight, env } = b.observed
  return ServiceInstance.equal(a.instance, b.instance) && a.observed.weight === weight && a.observed.env === env
}

function readAs(kv: KvContext, { layout }: WantedRegistration, record: RawRecord): Reading {
  return read(kv, record, kv.now(), layout)
}

function spreadOf(reading: Reading): string | undefined {
  return reading.is === 'instance' ? reading.groupKey : undefined
}
