import type { InstanceInit } from '../../src/model/instance.ts'
import { ServiceInstance } from '../../src/model/instance.ts'
import type { Observed } from '../../src/model/observed.ts'
import type { InstanceEntry, MalformedEntry } from '../../src/model/reading.ts'

/** A minute after every `registeredAt` that is not given otherwise. */
export const NOW = Date.parse('2026-01-02T03:05:05.000Z')

export function entry(init: Partial<InstanceInit> = {}, observed: Partial<Observed> = {}): InstanceEntry {
  const instance = ServiceInstance.from({ id: 'a-1', name: 'pay', ...init })
  const key = `/microservices/${instance.name}/${instance.id}`
  return {
    is: 'instance',
    service: instance.name,
    instance,
    observed: { status: 'up', lease: '1f', layout: 'kratos', ...observed },
    records: [{ id: key, service: instance.name, body: Buffer.from('{}'), revision: '7' }],
  }
}

export function malformed(service = 'pay'): MalformedEntry {
  const key = `/microservices/${service}/bad`
  return {
    is: 'malformed',
    service,
    problem: { code: 'not-json', message: 'the value is no JSON' },
    record: { id: key, service, body: Buffer.from('x') },
  }
}
