import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Registration, WriteOptions } from '../contract/backend.ts'
import { encode, ttlOf } from './encode.ts'
import { formOf } from './layout.ts'
import { type PolarisInstance, sayTheSame } from './instance.ts'
import type { Polaris } from './api.ts'
import { instanceOf, recordOf } from './record.ts'
import { PolarisRegistration } from './registration.ts'
import { removeEach } from './remove.ts'
import { scan } from './scan.ts'
import { settled } from './settle.ts'
import { heartbeat, registerEach } from './requests.ts'

/** Registers each endpoint, and what was there of that id and is not wanted any more goes. */
export async function register(polaris: Polaris, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  const ttl = ttlOf(options)
  const wanted = encode(polaris, instance, options).map((record) => withTtl(record, ttl))
  const present = await presentRecords(polaris, wanted, options.signal)
  if (present.length === 0) return await write(polaris, wanted, [], 'created', options.signal)
  if (!present.some(isLive)) return await write(polaris, wanted, present, 'replaced', options.signal)
  if (agree(wanted, present, sayTheSame)) return await renewPresent(polaris, present, options.signal)
  if (agree(wanted, present, sameButTtl)) return await write(polaris, wanted, present, 'renewed', options.signal)
  if (!options.replace) throw taken(instance, present)
  return await write(polaris, wanted, present, 'replaced', options.signal)
}

function withTtl(record: RawRecord, ttl: number | undefined): RawRecord {
  const instance = instanceOf(record)
  return recordOf(ttl === undefined ? instance : { ...instance, ttl }, false)
}

/** What lies where the instance is to be written, and its other parts: whatever has its mark. */
async function presentRecords(
  polaris: Polaris,
  wanted: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<RawRecord[]> {
  const instances = wanted.map(instanceOf)
  const [first] = instances
  if (!first) return []
  const { layout, mark, name } = formOf(first)
  const ids = new Set(wanted.map(({ id }) => id))
  const present: RawRecord[] = []
  const own = { ...polaris, namespace: first.namespace, layout: 'auto' } as const
  // The wanted addresses may be held by instances that are known by another name.
  const services = [...new Set([name, ...instances.map(({ service }) => service)])]
  for await (const { records } of scan(own, { services }, { signal })) {
    for (const record of records) {
      const form = formOf(instanceOf(record))
      if (ids.has(record.id) || (form.layout === layout && form.name === name && form.mark === mark))
        present.push(record)
    }
  }
  return present
}

/** Somebody's heartbeats hold its place. */
function isLive(record: RawRecord): boolean {
  return instanceOf(record).healthy
}

function agree(
  wanted: readonly RawRecord[],
  present: readonly RawRecord[],
  same: (a: PolarisInstance, b: PolarisInstance) => boolean,
): boolean {
  const byId = new Map(present.map((record) => [record.id, instanceOf(record)]))
  return (
    wanted.length === present.length &&
    wanted.every((record) => {
      const there = byId.get(record.id)
      return there !== undefined && there.healthy && same(instanceOf(record), there)
    })
  )
}

function sameButTtl({ ttl: _, ...a }: PolarisInstance, { ttl: __, ...b }: PolarisInstance): boolean {
  return sayTheSame(a, b)
}

async function renewPresent(
  polaris: Polaris,
  present: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<Registration> {
  const beating = present.filter((record) => instanceOf(record).ttl !== undefined)
  for (const record of beating) await heartbeat(polaris, record, signal)
  return new PolarisRegistration(polaris, beating.length > 0 ? 'renewed' : 'unchanged', present)
}

async function write(
  polaris: Polaris,
  wanted: readonly RawRecord[],
  present: readonly RawRecord[],
  action: Registration['action'],
  signal: AbortSignal | undefined,
): Promise<Registration> {
  await registerEach(polaris, inPlaceOf(present, wanted, action), present, signal)
  const ids = new Set(wanted.map(({ id }) => id))
  const superfluous = present.filter(({ id }) => !ids.has(id))
  const failed = (await removeEach(polaris, superfluous, signal)).find(({ error }) => error !== undefined)
  if (failed?.error) throw failed.error
  const shown = await settled(polaris, wanted, isThere)
  const records = wanted.map((record) => shown.get(record.id) ?? record)
  return new PolarisRegistration(polaris, action, records)
}

/** Under the ids that are there, so that none is there twice; one that is only renewed keeps all that it was registered with. */
function inPlaceOf(
  present: readonly RawRecord[],
  wanted: readonly RawRecord[],
  action: Registration['action'],
): RawRecord[] {
  const there = new Map(present.map((record) => [record.id, instanceOf(record)]))
  return wanted.map((record) => {
    const { id, more } = there.get(record.id) ?? {}
    const kept = action === 'renewed' && more ? { more } : {}
    return recordOf({ ...instanceOf(record), ...(id !== undefined && { id }), ...kept }, false)
  })
}

function isThere(now: RawRecord | undefined, written: RawRecord): boolean {
  if (!now) return false
  const instance = instanceOf(now)
  return instance.healthy && sayTheSame(instance, instanceOf(written))
}

function taken({ name, id }: InstanceInit, present: readonly RawRecord[]): RollcallError {
  const keys = present.map((record) => record.id).join(', ')
  return new RollcallError('conflict', `${name}/${id} is registered otherwise already, or its address is: ${keys}`, {
    hint: 'give this one another id and address, or take its place with --replace',
  })
}
