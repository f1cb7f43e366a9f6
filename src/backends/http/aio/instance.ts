import { createHash } from 'node:crypto'
import { layouts } from '../../../layouts/index.ts'
import { ServiceInstance, type InstanceInit } from '../../../model/instance.ts'
import type { Reading } from '../../../model/reading.ts'
import type { RawRecord } from '../../../model/record.ts'
import { statusOf } from '../../../model/status.ts'
import { checkWritableName } from '../../../model/writable-name.ts'
import type { EncodeOptions } from '../../contract/backend.ts'
import { type Tree, isTree, parsed } from '../protocol.ts'
import type { Plain } from './plain.ts'

/** An instance as the API answers it, with its name and id; undefined for what is none. */
export function recordIn(data: unknown, service?: string): RawRecord | undefined {
  if (!isTree(data) || typeof data['id'] !== 'string') return undefined
  const name = service ?? (typeof data['name'] === 'string' ? data['name'] : '')
  return { ...recordOf(data, name, data['id']), revision: digestOf(data) }
}

function recordOf(body: Tree, service: string, id: string): RawRecord {
  return { id: `${service}/${id}`, service, body }
}

/** The API numbers no changes: what an instance says stands for its revision. */
function digestOf(data: Tree): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16)
}

/** The instance's id, as a path of the API has it. */
export function idOf({ body }: RawRecord): string {
  return isTree(body) && typeof body['id'] === 'string' ? body['id'] : ''
}

/** An AIO record, whose liveness is in it. Never throws. */
export function read({ id, service, body }: RawRecord, { now, aioTtl }: { now: number; aioTtl: number }): Reading {
  const value = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
  const reading = layouts.aio.decode({ key: Buffer.from(`/${id}`), value, prefix: '' }, { now, aioTtl })
  const tellsRenewals = isTree(body) && 'last_renew_time' in body
  if (reading.is !== 'instance' || tellsRenewals) return withService(reading, service)
  // The document's own answers do not say when an instance was renewed: what the server calls it has to do.
  const { instance, observed } = reading
  const status = statusOf(isTree(body) ? String(body['status']) : '')
  return {
    is: 'instance',
    instance,
    observed: status === undefined ? observed : { ...observed, status, reason: undefined },
  }
}

function withService(reading: Reading, service: string): Reading {
  return reading.is === 'malformed' ? { ...reading, problem: { name: service, ...reading.problem } } : reading
}

/** What a registration says: one address and protocol, as AIO holds it. The server gives the id. */
export function encode(
  { now }: Pick<Plain, 'now'>,
  instance: InstanceInit,
  { weight, env }: EncodeOptions,
): RawRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  return layouts.aio.encode(instance, { prefix: '', now: now(), weight, env }).map(({ value }) => {
    const body = parsed(value)
    return recordOf(isTree(body) ? body : {}, instance.name, instance.id)
  })
}

/** Whether both say the same of an instance, its id, times and status apart. */
export function sayTheSame(plain: Plain, a: RawRecord, b: RawRecord): boolean {
  const [one, two] = [a, b].map((record) => read(record, { now: plain.now(), aioTtl: plain.aioTtl }))
  if (one?.is !== 'instance' || two?.is !== 'instance') return false
  return (
    ServiceInstance.equal({ ...one.instance, id: '' }, { ...two.instance, id: '' }) &&
    (one.observed.env ?? 'all') === (two.observed.env ?? 'all') &&
    (one.observed.weight ?? 100) === (two.observed.weight ?? 100)
  )
}

/** Whether somebody holds the place: it is in traffic, or renewed. */
export function isLive(plain: Plain, record: RawRecord): boolean {
  const reading = read(record, { now: plain.now(), aioTtl: plain.aioTtl })
  return reading.is !== 'instance' || !['down', 'expired'].includes(reading.observed.status)
}
