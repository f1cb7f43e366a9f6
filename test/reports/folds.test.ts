import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/model/reading.ts'
import type { ReportFold } from '../../src/reports/fold.ts'
import { services } from '../../src/reports/services.ts'
import { stats } from '../../src/reports/stats.ts'
import { summary } from '../../src/reports/summary.ts'
import { entry, malformed } from './entries.ts'

const ENTRIES: Entry[] = [
  entry({ name: 'sre', id: '1', version: 'v2', endpoints: ['http://a:1', 'grpc://a:2'], metadata: { zone: 'b' } }),
  entry({ name: 'pay', id: '1', version: 'v10', endpoints: ['grpc://a:3'], metadata: { zone: '__proto__' } }),
  entry({ name: 'pay', id: '2', version: 'v9' }, { status: 'down', layout: 'aio', lease: undefined }),
  entry({ name: 'pay', id: '3', version: 'v9', metadata: { zone: 'b' } }, { status: 'expired', lease: undefined }),
  entry({ name: 'pay', id: '4' }, { layout: 'service', lease: undefined }),
  malformed('pay'),
  malformed('gone'),
]

function folded<Result>(fold: ReportFold<Entry, Result>, entries = ENTRIES): Result {
  for (const each of entries) fold.add(each)
  return fold.result()
}

describe('services', () => {
  it('counts by name, and lists each version, scheme and layout once', () => {
    expect(folded(services())).toEqual([
      { name: 'gone', instances: 0, up: 0, byStatus: {}, malformed: 1, versions: [], schemes: [], layouts: [] },
      {
        name: 'pay',
        instances: 4,
        up: 2,
        byStatus: { down: 1, expired: 1, up: 2 },
        malformed: 1,
        versions: ['v10', 'v9'],
        schemes: ['grpc'],
        layouts: ['aio', 'kratos', 'service'],
      },
      {
        name: 'sre',
        instances: 1,
        up: 1,
        byStatus: { up: 1 },
        malformed: 0,
        versions: ['v2'],
        schemes: ['grpc', 'http'],
        layouts: ['kratos'],
      },
    ])
  })

  it('is the same in whatever order entries come', () => {
    expect(folded(services(), ENTRIES.toReversed())).toEqual(folded(services()))
  })
})

describe('stats', () => {
  it('counts everything, and each service', () => {
    const { perService, ...all } = folded(stats(['zone']))
    expect(all).toEqual({
      services: 3,
      instances: 5,
      byStatus: { up: 3, down: 1, expired: 1 },
      byScheme: { grpc: 2, http: 1 },
      byVersion: { '': 1, v10: 1, v2: 1, v9: 2 },
      byLayout: { kratos: 3, aio: 1, service: 1 },
      by: { zone: { b: 2, ['__proto__']: 1 } },
      malformed: 2,
      foreign: { keys: 0, kinds: [], prefixes: [] },
      withoutLease: 1,
    })
    expect(perService.map(({ name, instances, malformed: bad }) => [name, instances, bad])).toEqual([
      ['gone', 0, 1],
      ['pay', 4, 1],
      ['sre', 1, 0],
    ])
    expect(perService[2]).toMatchObject({ by: { zone: { b: 1 } }, byVersion: { v2: 1 } })
  })

  it('has no "by" unless asked', () => {
    expect(folded(stats())).not.toHaveProperty('by')
  })
})

describe('summary', () => {
  it('adds up what was counted apart', () => {
    const whole = summary()
    for (const part of [ENTRIES.slice(0, 3), ENTRIES.slice(3)]) whole.include(folded(summary(), part))
    expect(whole.result()).toEqual(folded(summary()))
  })

  it('has the best status first and the most frequent version first', () => {
    expect(folded(summary())).toEqual({
      instances: 5,
      statuses: [
        { status: 'up', instances: 3 },
        { status: 'expired', instances: 1 },
        { status: 'down', instances: 1 },
      ],
      versions: [
        { version: 'v9', instances: 2 },
        { version: '', instances: 1 },
        { version: 'v10', instances: 1 },
        { version: 'v2', instances: 1 },
      ],
      malformed: 2,
      foreign: { keys: 0, kinds: [], prefixes: [] },
    })
  })
})
