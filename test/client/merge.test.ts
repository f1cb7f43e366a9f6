import { describe, expect, it } from 'vitest'
import { type InstancePart, Merging } from '../../src/client/merge.ts'
import { ServiceInstance, type InstanceInit } from '../../src/model/instance.ts'
import type { Observed } from '../../src/model/observed.ts'
import type { LeaseState } from '../../src/model/record.ts'

interface Spec {
  readonly instance?: Partial<InstanceInit>
  readonly observed?: Partial<Observed>
  readonly until?: number
  readonly leaseState?: LeaseState
}

function merge([first, ...others]: readonly [InstancePart, ...InstancePart[]]) {
  const merging = new Merging(first)
  for (const each of others) merging.add(each)
  return merging.entry()
}

function part(id: string, { instance, observed, until, leaseState }: Spec = {}): InstancePart {
  return {
    record: { id, service: 'pay', body: {}, ...(leaseState ? { leaseState } : {}) },
    reading: {
      is: 'instance',
      instance: ServiceInstance.from({ id: 'a', name: 'pay', ...instance }),
      observed: { status: 'up', ...observed },
      ...(until === undefined ? {} : { until }),
    },
  }
}

const lease = (remaining: number): LeaseState => ({ lease: 'f', granted: 15, remaining, keys: ['1', '2', 'other'] })

describe('an instance of several records', () => {
  it('has the endpoints of all, in their order, each once', () => {
    const entry = merge([
      part('1', { instance: { endpoints: ['grpc://h:1', 'ws://h:3'] } }),
      part('2', { instance: { endpoints: ['http://h:2', 'grpc://h:1'] } }),
    ])
    expect(entry.instance.endpoints).toEqual(['grpc://h:1', 'ws://h:3', 'http://h:2'])
    expect(entry.records.map(({ id }) => id)).toEqual(['1', '2'])
  })

  it('has the worst status with its reason', () => {
    const worst = merge([
      part('1', { observed: { status: 'up', reason: 'fine' } }),
      part('2', { observed: { status: 'unhealthy', reason: 'no answer' } }),
      part('3', { observed: { status: 'warning', reason: 'slow' } }),
    ])
    expect(worst.observed).toMatchObject({ status: 'unhealthy', reason: 'no answer' })
    const bare = merge([part('1', { observed: { reason: 'fine' } }), part('2', { observed: { status: 'down' } })])
    expect(bare.observed).toMatchObject({ status: 'down', reason: undefined })
  })

  it('unites metadata and believes the earlier record where they disagree', () => {
    const entry = merge([
      part('1', { instance: { metadata: { zone: 'a', x: '1' } } }),
      part('2', { instance: { version: 'v2', metadata: { zone: 'b', y: '2' } } }),
      part('3', { instance: { version: 'v3' } }),
    ])
    expect(entry.instance).toMatchObject({ version: 'v2', metadata: { zone: 'a', x: '1', y: '2' } })
  })

  it('holds until the first of its readings no longer does', () => {
    expect(merge([part('1'), part('2', { until: 500 }), part('3', { until: 300 })]).until).toBe(300)
    expect(merge([part('1'), part('2')])).not.toHaveProperty('until')
  })

  it('has the lease that ends first, and none of its own keys among the others of the lease', () => {
    const entry = merge([part('1', { leaseState: lease(9) }), part('2', { leaseState: lease(4) })])
    expect(entry.observed).toMatchObject({ lease: 'f', ttl: { granted: 15, remaining: 4 }, leaseKeys: ['other'] })
    const alone = merge([part('1', { leaseState: { ...lease(9), keys: ['1'] } })])
    expect(alone.observed.leaseKeys).toBeUndefined()
  })
})
