import { createHash } from 'node:crypto'
import type { FieldChange } from '../../model/change.ts'
import { ServiceInstance } from '../../model/instance.ts'
import type { Observed } from '../../model/observed.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { readableChange } from '../../reports/difference.ts'
import { type InstanceItem, instanceItem } from '../../reports/instances.ts'
import { eventOf } from '../watch/events.ts'

/** Characters of an instance, or of its changes, that a journal keeps: a longer one is cut. */
const LONGEST = 16 * 1024
/** Characters of a name. */
const LONGEST_NAME = 512
const LONGEST_LIST = 16
const NOTHING = new Uint8Array()

/** An instance in a journal; `cut` says that its metadata and endpoints were too long to be kept, and what they were by their hash. */
export interface StoredInstance extends InstanceItem {
  readonly cut?: { readonly characters: number; readonly sha256: string }
}

/** The JSON that a journal keeps of an instance: as `-o json` prints it, without the time of its renewal. */
export function storedInstance(entry: InstanceEntry): string {
  // A renewal alone is not kept, and so its time is not.
  const item = instanceItem(entry)
  const json = JSON.stringify({ ...item, renewedAt: undefined })
  return json.length <= LONGEST ? json : JSON.stringify(cutOf(item, json))
}

function cutOf(item: InstanceItem, json: string): StoredInstance {
  const { status, weight, lease, registeredAt, startedAt, offlineAt, layout } = item
  return {
    id: shortName(item.id),
    name: shortName(item.name),
    version: shortName(item.version),
    metadata: {},
    endpoints: [],
    status,
    ...(weight !== undefined && { weight }),
    ...(lease !== undefined && { lease: shortName(lease) }),
    ...(registeredAt !== undefined && { registeredAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(offlineAt !== undefined && { offlineAt }),
    ...(layout !== undefined && { layout }),
    keys: item.keys.slice(0, LONGEST_LIST).map(shortName),
    cut: { characters: json.length, sha256: hash(json) },
  }
}

/**
 * The JSON that a journal keeps of the changes from one stored instance to another; undefined where they are none that a watch would
 * report.
 */
export function changesBetween(service: string, was: string | undefined, is: string): string | undefined {
  const [from, to]: (StoredInstance | undefined)[] = [was === undefined ? undefined : JSON.parse(was), JSON.parse(is)]
  if (!from || !to) return undefined
  const event = eventOf({ before: entryOfStored(service, from), after: entryOfStored(service, to) }, {})
  if (event?.type === 'updated') return storedChanges(event.changes)
  return from.cut?.sha256 === to.cut?.sha256 ? undefined : JSON.stringify([{ field: 'metadata' }])
}

/** The JSON that a journal keeps of changes, their times in RFC 3339; the fields alone where the values are too long. */
function storedChanges(changes: readonly FieldChange[]): string {
  const json = JSON.stringify(changes.map(readableChange))
  return json.length <= LONGEST ? json : JSON.stringify(changes.map(({ field }) => ({ field })))
}

/** The instance that was stored, as a registry's entry. Its records are named, and empty. */
export function entryOfStored(service: string, stored: StoredInstance): InstanceEntry {
  const { id, name, version, metadata, endpoints, keys, status, reason, weight, env, tags, serviceKind } = stored
  const { lease, owner, place, layout, registeredAt, startedAt, offlineAt } = stored
  const said = { reason, weight, env, tags, serviceKind, lease, owner, place, layout }
  const times = Object.entries({ registeredAt, startedAt, offlineAt }).map(
    ([field, time]) => [field, time === undefined ? undefined : Date.parse(time)] as const,
  )
  const known = [...Object.entries(said), ...times].filter(([, value]) => value !== undefined)
  const observed: Observed = { status, ...Object.fromEntries(known) }
  return {
    is: 'instance',
    service,
    instance: ServiceInstance.from({ id, name, version, metadata, endpoints }),
    observed,
    records: keys.map((key) => ({ id: key, service, body: NOTHING })),
  }
}

/** By what a journal knows an instance again: two records of a service may say the same id. */
export function keyOfInstance({ service, instance, records }: InstanceEntry): string {
  return bounded(JSON.stringify([service, instance.id, ...records.map(({ id }) => id)]))
}

/** By what it knows a malformed record again. */
export function keyOfRecord(id: string): string {
  return bounded(`malformed ${JSON.stringify(id)}`)
}

/** Half a character at the end would be read back as another one, and the key not be known again. */
function bounded(key: string): string {
  return key.length <= 2 * LONGEST_NAME ? key : `${key.slice(0, LONGEST_NAME).toWellFormed()} ${hash(key)}`
}

/** A name, of which the journal keeps no more than 512 characters. */
export function shortName(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
