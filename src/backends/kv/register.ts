import { layouts, systemOf } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { WriteOptions, Registration } from '../contract/backend.ts'
import { type KvContext, placeToWrite } from './context.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { escapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import { alreadyRegistered, keepsChanging } from '../contract/refusals.ts'
import { refuseDuplicate, layoutToWrite } from './placement.ts'
import { agrees, isLive, existingRecords, type WantedRegistration } from './existing.ts'
import { read } from './record.ts'
import { renewExisting, writeAll } from './registration.ts'

/** How often another may come between reading and writing: each time one of them has written, so a crowd gets through. */
const ATTEMPTS = 64

/**
 * Registers by reading what is there and writing on condition that it is still so.
 * Throws `conflict` for another live record, `usage` for a TTL that the registry or the layout cannot give.
 */
export async function register(kv: KvContext, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  encode(kv, instance, options)
  const { layout, prefix } = placeToWrite(kv, await layoutToWrite(kv, instance, options))
  const records = encode(kv, instance, { ...options, layout })
  const ttl = ttlToGrant(kv, layout, options)
  const renewInterval = intervalWithin(ttl === null ? kv.aioTtl : ttl * 1000, options)
  const wanted: WantedRegistration = {
    instance,
    layout,
    prefix,
    ttl,
    records,
    ...(renewInterval !== undefined && { renewInterval }),
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const registration = await registerOver(kv, wanted, await existingRecords(kv, wanted, options.signal), options)
    if (registration) return registration
  }
  throw keepsChanging(wanted.instance, ATTEMPTS)
}

/** @throws RollcallError `usage` for an interval at which it would expire between two heartbeats */
function intervalWithin(lifetime: number, { settings }: WriteOptions): number | undefined {
  const { renewInterval } = settings ?? {}
  if (renewInterval === undefined || renewInterval < lifetime) return renewInterval
  throw new RollcallError(
    'usage',
    `a heartbeat every ${renewInterval / 1000}s comes too late for a TTL of ${lifetime / 1000}s`,
    { hint: 'a third of the TTL is usual' },
  )
}

/** Undefined: what was there has changed meanwhile, and nothing was written. */
async function registerOver(
  kv: KvContext,
  wanted: WantedRegistration,
  existing: readonly RawRecord[],
  options: WriteOptions,
): Promise<Registration | undefined> {
  if (existing.length === 0) return create(kv, wanted, options)
  refuseForeign(kv, wanted, existing)
  if (!isLive(kv, wanted, existing)) return writeAll(kv, wanted, existing, 'replaced', options.signal)
  // A renewal would bring it back into traffic.
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

/** What is there says the same: its values stay as they are, so that a watcher sees nothing. */
async function renewEqual(
  kv: KvContext,
  wanted: WantedRegistration,
  existing: readonly RawRecord[],
  { keepAlive, signal }: WriteOptions,
): Promise<Registration | undefined> {
  const complete = existing.length === wanted.records.length
  if (complete && !(keepAlive && layouts[wanted.layout].leased)) return renewExisting(kv, wanted, existing, signal)
  const byId = new Map(existing.map((record) => [record.id, record]))
  const records = wanted.records.map((record) => ({ ...record, body: byId.get(record.id)?.body ?? record.body }))
  return writeAll(kv, { ...wanted, records }, existing, 'renewed', signal)
}

/** What another program keeps there is not taken over, not even by `--replace`. */
function refuseForeign(kv: KvContext, wanted: WantedRegistration, existing: readonly RawRecord[]): void {
  for (const record of existing) {
    const reading = read(kv, record, kv.now())
    if (reading.is !== 'foreign') continue
    const whose = reading.system ?? reading.looksLike ?? 'another program'
    throw new RollcallError('conflict', `the key ${record.id} is taken: its record is one of ${whose}`, {
      hint: `give ${nameOfInstance(wanted)} another id, or name another --prefix`,
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
 * The records of an instance, neither stored nor leased. Throws `usage` for names and ids that would corrupt the
 * registry, and for a TTL that it would not grant.
 */
export function encode(kv: KvContext, instance: InstanceInit, options: WriteOptions): RawRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const { layout, prefix } = placeToWrite(kv, options.layout)
  if (prefix.isWholeStore) throw withoutPrefix()
  const system = systemOf(`${prefix.text}/${instance.name}`)
  if (system !== undefined) throw othersPlace(system, `${prefix.text}/${instance.name}`)
  // Who only asks what would be written need not say that he will keep it alive.
  ttlToGrant(kv, layout, { keepAlive: true, ...options })
  const { weight, env, status } = options
  if (status !== undefined && status !== 'up' && !layouts[layout].setStatus) throw withoutStatus(layout, status)
  return layouts[layout]
    .encode(instance, { prefix: prefix.text, now: kv.now(), weight, env, status })
    .map(({ key, value }) => ({ id: escapeKey(Buffer.from(key)), service: instance.name, body: Buffer.from(value) }))
}

/** Their keys are not read, so what is registered there would not be found again. */
function othersPlace(system: string, place: string): RollcallError {
  return new RollcallError('refused', `${place} belongs to ${system}, and nothing is registered there`, {
    hint: 'name another prefix, or another service',
  })
}

function withoutPrefix(): RollcallError {
  return new RollcallError('usage', "the prefix '' is the whole store, and is for reading", {
    hint: 'name the prefix to register under, for example --prefix /microservices',
  })
}

function withoutStatus(layout: LayoutName, status: Status): RollcallError {
  return new RollcallError('usage', `layout ${layout} has no status "${status}": what is there is up`, {
    hint: 'leave the status out, or use layout aio',
  })
}

/** Seconds of the lease that a registration gets, null for none. Throws `usage` for what the store or the layout cannot give. */
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
      hint: 'leave --ttl out; --aio-ttl says when records that are read count as expired',
    })
  if (store.sessions && !keepAlive) throw needsKeepAlive(store.driver)
  if (ttl === undefined) return usual
  if (!(ttl >= least && Number.isFinite(ttl)))
    throw new RollcallError('usage', `a TTL of ${ttl}s is below the least that ${store.driver} grants, ${least}s`, {
      hint: `use ${least}s or more`,
    })
  return Math.ceil(ttl)
}

function persistentWithTtl(): RollcallError {
  return new RollcallError('usage', 'what is persistent has no TTL: it stays until it is removed', {
    hint: 'leave --persistent out, or --ttl',
  })
}

function needsKeepAlive(driver: string): RollcallError {
  return new RollcallError(
    'usage',
    `${driver} keeps a registration for as long as the session of the process that made it: it would be gone at once`,
    { hint: 'register with --keep-alive, or with --persistent what is to stay until it is removed' },
  )
}
