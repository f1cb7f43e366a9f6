import * as liveness from '../../kv/liveness.ts'
import { decode, layouts } from '../../../layouts/index.ts'
import { ServiceInstance, type InstanceInit } from '../../../model/instance.ts'
import { escapeKey } from '../../../model/key.ts'
import { checkWritableName } from '../../../model/writable-name.ts'
import type { EncodeOptions, RemovalEffect } from '../../contract/backend.ts'
import type { Served } from './description.ts'
import type { InstanceEntry, Reading } from '../../../model/reading.ts'
import type { RawRecord } from '../../../model/record.ts'
import { aioObserved } from '../../../layouts/aio-status.ts'
import { STATUSES } from '../../../model/status.ts'
import { isJsonObject } from '../protocol.ts'
import type { WireRecord } from '../wire.ts'

/** A record of the registry behind the server, with the reading that the server sent along. */
export interface ServedRecord extends RawRecord {
  readonly reading: Reading
  readonly whyDead?: string
  readonly removalEffect?: RemovalEffect
}

/** The record in an answer; undefined for anything else. */
export function recordIn(wire: unknown): ServedRecord | undefined {
  if (!isWireRecord(wire)) return undefined
  const { value, object, ...rest } = wire
  return { ...rest, body: object ?? Buffer.from(value ?? '', 'base64') }
}

export function recordsIn(wire: unknown): ServedRecord[] {
  return Array.isArray(wire) ? wire.flatMap((each) => recordIn(each) ?? []) : []
}

/** The server's reading, as of `now`. Times in milliseconds. Never throws. */
export function read(record: RawRecord, now: number, aioTtl: number): Reading {
  if (!isServed(record)) {
    const message = 'the record does not come from a rollcall server'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: record.service } }
  }
  return atTime(record.reading, now, aioTtl)
}

/** Whether an AIO record is up depends on the time since its renewal, so its status is computed again. */
function atTime(reading: Reading, now: number, aioTtl: number): Reading {
  if (reading.is !== 'instance') return reading
  const { instance, observed, groupKey } = reading
  const { status, registeredAt, renewedAt } = observed
  const lasting = { is: 'instance', instance, observed, ...(groupKey !== undefined && { groupKey }) } as const
  if (observed.layout !== 'aio' || (status !== 'up' && status !== 'expired')) return lasting
  const times = {
    ...(registeredAt !== undefined && { register_time: registeredAt }),
    ...(renewedAt !== undefined && { last_renew_time: renewedAt }),
  }
  const { until, observed: live } = aioObserved({ ...times, status: 'up' }, { now, aioTtl })
  const current = { ...observed, status: live.status, reason: live.reason }
  return { ...lasting, observed: current, ...(until !== undefined && { until }) }
}

export function isServed(record: RawRecord): record is ServedRecord {
  return 'reading' in record && isJsonObject(record.reading)
}

function isWireRecord(wire: unknown): wire is WireRecord {
  if (!isJsonObject(wire)) return false
  const { id, service, value, object, reading } = wire
  const hasBody = typeof value === 'string' || (typeof object === 'object' && object !== null)
  return typeof id === 'string' && typeof service === 'string' && hasBody && isReading(reading)
}

function isReading(reading: unknown): reading is Reading {
  if (!isJsonObject(reading)) return false
  const { is, problem, instance, observed } = reading
  if (is === 'structure') return true
  if (is === 'malformed') return isJsonObject(problem) && typeof problem['message'] === 'string'
  if (is !== 'instance' || !isJsonObject(instance) || !isJsonObject(observed)) return false
  const { id, name, version, metadata, endpoints } = instance
  const areTexts = [id, name, version].every((text) => typeof text === 'string')
  const isStatus = STATUSES.some((status) => status === observed['status'])
  return areTexts && isJsonObject(metadata) && Array.isArray(endpoints) && isStatus
}

/** Why an instance is dead: as the server reported of each of its records, or by the record itself in a key-value store. Times in milliseconds. */
export function whyDead(entry: InstanceEntry, times: { now: number; aioTtl: number }): string | undefined {
  const reasons = entry.records.map((record) => (isServed(record) ? record.whyDead : undefined))
  return reasons.every((reason) => reason !== undefined) ? reasons[0] : liveness.whyDead(entry, times)
}

/** What follows the removal of a record, as the server reported it, or by the record itself in a key-value store. */
export function removalEffect(record: RawRecord, reading: Reading): RemovalEffect {
  return isServed(record) && record.removalEffect ? record.removalEffect : liveness.removalEffect(record, reading)
}

/** Whether the registry can give a record a status: each one, but in a key-value store those whose layout has statuses. */
export function holdsStatus({ description, now }: Served, record: RawRecord): boolean {
  if (description.layout === undefined) return true
  const { body } = record
  const reading = isServed(record) ? record.reading : undefined
  const layout = reading?.is === 'instance' ? reading.observed.layout : undefined
  if (layout === undefined || layout === 'service' || !(body instanceof Uint8Array)) return false
  return layouts[layout].setStatus?.(body, 'down', now()) !== undefined
}

/** What the server will store, as far as that is known here: all of it where the registry is a key-value store. */
export function encode(
  { description, now, aioTtl }: Served,
  instance: InstanceInit,
  options: EncodeOptions,
): ServedRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const { layout, prefix } = description
  const { weight, env } = options
  const service = instance.name
  if (layout === undefined || prefix === undefined) {
    const observed = {
      status: 'up',
      ...(weight !== undefined && { weight }),
      ...(env !== undefined && { env }),
    } as const
    const reading = { is: 'instance', instance: ServiceInstance.from(instance), observed } as const
    return [{ id: `${service}/${instance.id}`, service, body: { ...instance, ...options }, reading }]
  }
  const time = now()
  return layouts[layout].encode(instance, { prefix, now: time, weight, env }).map((stored) => {
    const [key, value] = [Buffer.from(stored.key), Buffer.from(stored.value)]
    return {
      id: escapeKey(key),
      service,
      body: value,
      reading: decode({ key, value, prefix }, layout, { now: time, aioTtl }),
    }
  })
}
