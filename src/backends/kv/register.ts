import { layouts, systemOf } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { WriteOptions, Registration } from '../contract/backend.ts'
import { type KvContext, encodeOptions, placeToWrite } from './context.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { escapeTextKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import { option } from '../../model/wording.ts'
import { alreadyRegistered, keepsChanging } from '../contract/refusals.ts'
import { refuseDuplicate, layoutToWrite } from './placement.ts'
import { agrees, isLive, existingRecords, type WantedRegistration } from './existing.ts'
import { read } from './record.ts'
import { renewExisting, writeAll } from './registration.ts'

/**
 * Attempts while others write between our reading and writing. Each time one of them has succeeded, so a crowd makes
 * progress.
 */
const ATTEMPTS = 64

/**
 * Registers an instance: reads what is stored there and writes if that has not changed meanwhile.
 * Throws `conflict` for another live record, `usage` for a TTL that the registry or the layout does not support.
 */
export async function register(kv: KvContext, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  const wanted = await wantedFrom(kv, instance, options)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const registration = await registerOver(kv, wanted, await existingRecords(kv, wanted, options.signal), options)
    if (registration) return registration
  }
  throw keepsChanging(wanted.instance, ATTEMPTS)
}

/** What registering an instance is to write, and where: in the layout of its service's folder, unless one was named. @throws RollcallError */
async function wantedFrom(kv: KvContext, instance: InstanceInit, options: WriteOptions): Promise<WantedRegistration> {
  // What cannot be written at all is refused before anything is read.
  const records = encode(kv, instance, options)
  return wantedIn(kv, instance, { records, layout: await layoutToWrite(kv, instance, options), options })
}

interface Wanting {
  /** What `encode` gives in the usual layout of the place. */
  readonly records: readonly RawRecord[]
  /** In which it is written. */
  readonly layout: LayoutName
  readonly options: WriteOptions
}

/** The same in a layout. @throws RollcallError `usage` */
export function wantedIn(
  kv: KvContext,
  instance: InstanceInit,
  { records: usual, layout, options }: Wanting,
): WantedRegistration {
  const { prefix } = placeToWrite(kv, layout)
  const records = layout === placeToWrite(kv).layout ? usual : encode(kv, instance, { ...options, layout })
  const ttl = ttlToGrant(kv, layout, options)
  const namedByLease = layouts[layout].isNamedByLease?.(instance)
  const renewInterval = intervalWithin(ttl === null ? kv.aioTtl : ttl * 1000, options)
  return {
    instance,
    layout,
    prefix,
    ttl,
    records,
    renewInterval,
    recordsOn: namedByLease ? (lease) => recordsOf(kv, instance, { layout, prefix }, { ...options, lease }) : undefined,
  }
}

/** @throws RollcallError `usage` for an interval at which the record would expire between two heartbeats */
function intervalWithin(lifetime: number, { settings }: WriteOptions): number | undefined {
  const { renewInterval } = settings ?? {}
  if (renewInterval === undefined || renewInterval < lifetime) return renewInterval
  throw new RollcallError(
    'usage',
    `${option('settings.renewInterval', renewInterval)} must be shorter than the TTL of ${lifetime / 1000}s`,
    { hint: 'a third of the TTL is usual' },
  )
}

/** Undefined when the existing records changed meanwhile; then nothing was written. */
async function registerOver(
  kv: KvContext,
  wanted: WantedRegistration,
  existing: readonly RawRecord[],
  options: WriteOptions,
): Promise<Registration | undefined> {
  if (existing.length === 0) return create(kv, wanted, options)
  refuseForeign(kv, wanted, existing)
  if (!isLive(kv, wanted, existing)) return writeAll(kv, wanted, existing, 'replaced', options.signal)
  // A renewal would put it back into traffic.
  const comesUp = options.status === undefined || options.status === 'up'
  if (comesUp && agrees(kv, wanted, existing)) return renewEqual(kv, wanted, existing, options)
  if (!options.replace) throw taken(wanted, existing)
  return writeAll(kv, wanted, existing, 'replaced', options.signal)
}

async function create(
  kv: KvContext,
  wanted: WantedRegistration,
  options: WriteOptions,
): Promise<Registration | undefined> {
  await refuseDuplicate(kv, wanted, options)
  return writeAll(kv, wanted, [], 'created', options.signal)
}

/** The existing records have the same content: their values are kept, so that a watcher sees no change. */
async function renewEqual(
  kv: KvContext,
  wanted: WantedRegistration,
  existing: readonly RawRecord[],
  { keepAlive, signal }: WriteOptions,
): Promise<Registration | undefined> {
  const complete = wanted.recordsOn !== undefined || existing.length === wanted.records.length
  if (complete && !(keepAlive && layouts[wanted.layout].leased)) return renewExisting(kv, wanted, existing, signal)
  const byId = new Map(existing.map((record) => [record.id, record]))
  const records = wanted.records.map((record) => ({ ...record, body: byId.get(record.id)?.body ?? record.body }))
  return writeAll(kv, { ...wanted, records }, existing, 'renewed', signal)
}

/** Records of another program are not taken over, not even with `--replace`. */
function refuseForeign(kv: KvContext, wanted: WantedRegistration, existing: readonly RawRecord[]): void {
  for (const record of existing) {
    const reading = read(kv, record, kv.now())
    if (reading.is !== 'foreign') continue
    const whose = reading.system ?? reading.looksLike ?? 'another program'
    throw new RollcallError('conflict', `the key ${record.id} is taken by a record of ${whose}`, {
      hint: `choose another id for ${nameOfInstance(wanted)}, or another ${option('prefix')}`,
    })
  }
}

function taken({ instance }: WantedRegistration, existing: readonly RawRecord[]): RollcallError {
  const keys = existing.map((record) => record.id)
  const leases = [...new Set(existing.flatMap((record) => record.lease ?? []))].join(', ')
  return alreadyRegistered(instance, keys, leases ? ` (lease ${leases})` : '')
}

function nameOfInstance({ instance }: WantedRegistration): string {
  return `${instance.name}/${instance.id}`
}

/**
 * The records that registering an instance would write, not stored and without a lease. Throws `usage` for names and ids that
 * would corrupt the registry and for a TTL that it would not grant, `refused` for a place that belongs to another system.
 */
export function encode(kv: KvContext, instance: InstanceInit, options: WriteOptions): RawRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const { layout, prefix } = placeToWrite(kv, options.layout)
  if (prefix.isWholeStore && layouts[layout].defaultPrefix !== '') throw withoutPrefix()
  const folder = prefix.isWholeStore ? instance.name : `${prefix.text}/${instance.name}`
  const system = systemOf(folder)
  if (system !== undefined) throw othersPlace(system, folder)
  // A dry run need not say that the record will be kept alive.
  const ttl = ttlToGrant(kv, layout, { keepAlive: true, ...options })
  if (ttl === null && layouts[layout].isNamedByLease?.(instance)) throw withoutLease(layout)
  const { status } = options
  if (status !== undefined && status !== 'up' && !layouts[layout].setStatus) throw withoutStatus(layout, status)
  return recordsOf(kv, instance, { layout, prefix }, options)
}

/** The records of an instance. `lease`: what they will be attached to, in a layout that names them by it. */
function recordsOf(
  kv: KvContext,
  instance: InstanceInit,
  { layout, prefix }: Pick<WantedRegistration, 'layout' | 'prefix'>,
  { weight, env, status, ttl, settings, lease }: WriteOptions & { readonly lease?: string },
): RawRecord[] {
  const isPersistent = ttl === null || settings?.persistent === true
  return layouts[layout]
    .encode(instance, encodeOptions(prefix, { now: kv.now(), weight, env, status, isPersistent, lease }))
    .map(({ key, value }) => ({ id: escapeTextKey(key), service: instance.name, body: Buffer.from(value) }))
}

function withoutLease(layout: LayoutName): RollcallError {
  return new RollcallError('usage', `layout ${layout} names a record by its lease, so it needs one`, {
    hint: `leave out ${option('ttl', null)}, or pass a number as ${option('id')}`,
  })
}

/** The keys of other systems are not read, so a record there would not be found again. */
function othersPlace(system: string, place: string): RollcallError {
  return new RollcallError('refused', `${place} belongs to ${system}, so rollcall registers nothing there`, {
    hint: 'use another prefix or another service name',
  })
}

function withoutPrefix(): RollcallError {
  return new RollcallError('usage', "the prefix '' is the whole store and can only be read", {
    hint: `add the prefix to register under, for example ${option('prefix', '/microservices')}`,
  })
}

function withoutStatus(layout: LayoutName, status: Status): RollcallError {
  return new RollcallError('usage', `layout ${layout} has no status "${status}": every record in it is up`, {
    hint: 'leave out the status, or use layout aio',
  })
}

/**
 * Seconds of the lease that a registration gets, null for none. Throws `usage` for a TTL that the store or the layout
 * does not support.
 */
export function ttlToGrant(
  { store }: Pick<KvContext, 'store'>,
  layout: LayoutName,
  { ttl, keepAlive, settings }: Pick<WriteOptions, 'ttl' | 'keepAlive' | 'settings'>,
): number | null {
  const { least, default: usual } = store.ttl
  const { leased } = layouts[layout]
  if (settings?.persistent && typeof ttl === 'number') throw persistentWithTtl()
  if (ttl === null || settings?.persistent || (ttl === undefined && !leased)) return null
  if (!leased)
    throw new RollcallError('usage', 'an AIO record has no TTL of its own: its readers decide when it has expired', {
      hint: `leave out ${option('ttl')}; ${option('aioTtl')} sets when a record counts as expired`,
    })
  if (store.sessions && !keepAlive) throw needsKeepAlive(store.driver)
  if (ttl === undefined) return usual
  if (!(ttl >= least && Number.isFinite(ttl)))
    throw new RollcallError('usage', `a TTL of ${ttl}s is too short: ${store.driver} grants at least ${least}s`, {
      hint: `use ${least}s or more`,
    })
  return Math.ceil(ttl)
}

function persistentWithTtl(): RollcallError {
  return new RollcallError('usage', 'a persistent record has no TTL: it stays until it is removed', {
    hint: `leave out ${option('settings.persistent')} or ${option('ttl')}`,
  })
}

function needsKeepAlive(driver: string): RollcallError {
  return new RollcallError(
    'usage',
    `${driver}: a registration ends with the process that made it, so it would vanish when this command exits`,
    {
      hint: `register with ${option('keepAlive')}, or with ${option('settings.persistent')} to keep the record until it is removed`,
    },
  )
}
