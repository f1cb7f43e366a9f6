import type { Look } from '../../src/lint/check.ts'
import type { CheckedRecord } from '../../src/lint/subject.ts'
import { ServiceInstance, type InstanceInit } from '../../src/model/instance.ts'
import type { Observed } from '../../src/model/observed.ts'

export const NOW = Date.parse('2026-11-21T05:00:20Z')

/** An instance's record in the layout `kratos`, in order unless told otherwise. */
export function instance(
  init: Partial<InstanceInit>,
  also: { key?: string; lease?: string | null; observed?: Partial<Observed> } = {},
): CheckedRecord {
  const value = ServiceInstance.from({
    id: 'server-01',
    name: 'sre',
    version: 'v1.0.0',
    endpoints: ['grpc://10.0.0.1:9000'],
    ...init,
  })
  const id = also.key ?? `/microservices/${value.name}/${value.id}`
  const lease = also.lease === undefined ? '1f' : also.lease
  return {
    record: {
      id,
      service: id.split('/')[2] ?? '',
      body: Buffer.from(JSON.stringify(value)),
      ...(lease ? { lease } : {}),
    },
    reading: { is: 'instance', instance: value, observed: { status: 'up', layout: 'kratos', ...also.observed } },
  }
}

/** A record in the layout `aio`. */
export function aio(init: Partial<InstanceInit>, observed: Partial<Observed> = {}): CheckedRecord {
  const key = `/aio/registry/${init.name ?? 'sre'}/${init.id ?? 'server-01'}`
  const { record, reading } = instance(init, { lease: null, observed: { layout: 'aio', renewedAt: NOW, ...observed } })
  return { record: { ...record, id: key, service: init.name ?? 'sre' }, reading }
}

/** Few, so that what belongs together comes in several. */
const BATCH = 2

/** A registry in memory, which counts how often it was looked at and for what. */
export function registry(...records: CheckedRecord[]): Look & { looks: (readonly string[] | undefined)[] } {
  const looks: (readonly string[] | undefined)[] = []
  async function* look(services?: readonly string[]): AsyncGenerator<CheckedRecord[]> {
    looks.push(services)
    const asked = records.filter(({ record }) => services?.includes(record.service) ?? true)
    for (let at = 0; at < asked.length; at += BATCH) yield asked.slice(at, at + BATCH)
  }
  return Object.assign(look, { looks })
}

/** All that is in the batches of a stream. */
export async function collect<T>(stream: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const batch of stream) items.push(...batch)
  return items
}
