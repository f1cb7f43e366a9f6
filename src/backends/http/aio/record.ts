import { createHash } from 'node:crypto'
import { layouts } from '../../../layouts/index.ts'
import { type InstanceInit, ServiceInstance } from '../../../model/instance.ts'
import type { Reading } from '../../../model/reading.ts'
import type { RawRecord } from '../../../model/record.ts'
import { statusOf } from '../../../model/status.ts'
import { checkWritableName } from '../../../model/writable-name.ts'
import type { EncodeOptions } from '../../contract/backend.ts'
import { type JsonObject, isJsonObject, parsed } from '../protocol.ts'

/** An instance as the API answers with it. Its id is `{service}/{id}`. */
export interface AioApiRecord extends RawRecord {
  readonly body: JsonObject & { readonly id: string }
}

/** Times in milliseconds: the clock, and how long after its last renewal a record has expired. */
export interface AioTimes {
  readonly now: number
  readonly aioTtl: number
}

/** The record in an answer's data; undefined where that is not an instance. `service`: under which it was listed. */
export function recordIn(data: unknown, service?: string): AioApiRecord | undefined {
  if (!isBody(data)) return undefined
  const name = service ?? (typeof data['name'] === 'string' ? data['name'] : '')
  return { ...recordOf(data, name, data.id), revision: digestOf(data) }
}

/** The same record with its body known; undefined for one that this API did not answer with. */
export function ownRecord({ body, ...record }: RawRecord): AioApiRecord | undefined {
  return isBody(body) && record.id === `${record.service}/${body.id}` ? { ...record, body } : undefined
}

function recordOf(body: AioApiRecord['body'], service: string, id: string): AioApiRecord {
  return { id: `${service}/${id}`, service, body }
}

function isBody(value: unknown): value is AioApiRecord['body'] {
  return isJsonObject(value) && typeof value['id'] === 'string'
}

/** The API does not number changes: the content of an instance stands for its revision. */
function digestOf(data: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16)
}

/** What a record says at a time; its liveness is in it. Never throws. */
export function read({ id, service, body }: RawRecord, times: AioTimes): Reading {
  const value = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
  const reading = layouts.aio.decode({ key: Buffer.from(`/${id}`), value, prefix: '' }, times)
  const tellsRenewals = isJsonObject(body) && 'last_renew_time' in body
  if (reading.is !== 'instance' || tellsRenewals) return withService(reading, service)
  // The answers in the API's document have no time of the last renewal, so the status that the server reports counts.
  const { instance, observed } = reading
  const status = statusOf(isJsonObject(body) ? String(body['status']) : '')
  return {
    is: 'instance',
    instance,
    observed: status === undefined ? observed : { ...observed, status, reason: undefined },
  }
}

function withService(reading: Reading, service: string): Reading {
  return reading.is === 'malformed' ? { ...reading, problem: { name: service, ...reading.problem } } : reading
}

/**
 * The record of an instance, as AIO holds it: one address and protocol. The server derives its own id from service, address
 * and env. @throws RollcallError `usage` for what such a record cannot hold
 */
export function encode(
  instance: InstanceInit,
  { now, weight, env }: Pick<EncodeOptions, 'weight' | 'env'> & { readonly now: number },
): AioApiRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  return layouts.aio.encode(instance, { prefix: '', now, weight, env }).flatMap(({ value }) => {
    const body = parsed(value)
    return isBody(body) ? [recordOf(body, instance.name, instance.id)] : []
  })
}

/** Whether two records have the same address and env, from which the server derives the id. */
export function shareAPlace({ body: a }: AioApiRecord, { body: b }: AioApiRecord): boolean {
  return a['address'] === b['address'] && envOf(a) === envOf(b)
}

function envOf({ env }: JsonObject): string {
  return typeof env === 'string' && env !== '' ? env : 'all'
}

/** Whether two records say the same of an instance, apart from its id, times and status. */
export function sayTheSame(a: AioApiRecord, b: AioApiRecord): boolean {
  const [one, two] = [a, b].map((record) => read(record, { now: 0, aioTtl: 0 }))
  if (one?.is !== 'instance' || two?.is !== 'instance') return false
  return (
    ServiceInstance.equal({ ...one.instance, id: '' }, { ...two.instance, id: '' }) &&
    (one.observed.env ?? 'all') === (two.observed.env ?? 'all') &&
    (one.observed.weight ?? 100) === (two.observed.weight ?? 100)
  )
}

/** Whether a record holds its place. One that is down does not: nothing shows whether it is dead or was taken out of traffic. */
export function isLive(record: AioApiRecord, times: AioTimes): boolean {
  const reading = read(record, times)
  return reading.is !== 'instance' || !['down', 'expired'].includes(reading.observed.status)
}
