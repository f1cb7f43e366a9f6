import { describe, expect, it } from 'vitest'
import { Outliers } from '../../src/balance/outliers.ts'
import { RoundTrips } from '../../src/balance/round-trips.ts'

const candidates = ['a', 'b', 'c'].map((key) => ({ key }))
const keys = (some: readonly { key: string }[]) => some.map(({ key }) => key).join('')

function failing(outliers: Outliers, key: string, times: number, now = 0): void {
  for (let at = 0; at < times; at++) outliers.failed(key, candidates, now)
}

const open = () => new Outliers({ failures: 3, leftOutFor: 1000 })

describe('who fails repeatedly', () => {
  it('is left out for a while, and at its next failure again', () => {
    const outliers = open()
    failing(outliers, 'b', 2)
    expect(keys(outliers.among(candidates, 0))).toBe('abc')
    failing(outliers, 'b', 1)
    expect(keys(outliers.among(candidates, 999))).toBe('ac')
    expect(keys(outliers.among(candidates, 1000))).toBe('abc')
    failing(outliers, 'b', 1, 1000)
    expect(keys(outliers.among(candidates, 1999))).toBe('ac')
  })

  it('is back when it succeeds, and failures before that count no more', () => {
    const outliers = open()
    failing(outliers, 'b', 3)
    outliers.succeeded('b')
    expect(keys(outliers.among(candidates, 0))).toBe('abc')
    failing(outliers, 'b', 2)
    expect(keys(outliers.among(candidates, 0))).toBe('abc')
  })

  it('stays when it is the last one', () => {
    const outliers = open()
    for (const key of ['a', 'b', 'c']) failing(outliers, key, 3)
    expect(keys(outliers.among(candidates, 0))).toBe('c')
  })

  it('is better than nobody when the others are gone', () => {
    const outliers = open()
    failing(outliers, 'b', 3)
    expect(keys(outliers.among([{ key: 'b' }], 0))).toBe('b')
  })

  it('is forgotten when it is gone', () => {
    const outliers = open()
    failing(outliers, 'b', 3)
    outliers.keep(new Set(['a', 'c']))
    expect(keys(outliers.among(candidates, 0))).toBe('abc')
  })
})

describe('round trips', () => {
  it('are a moving average, until it is old', () => {
    const trips = new RoundTrips()
    expect(trips.of('a', 0)).toBeUndefined()
    trips.measured('a', 100, 0)
    trips.measured('a', 200, 5000)
    expect(trips.of('a', 14_999)).toBeCloseTo(130)
    expect(trips.of('a', 15_000)).toBeUndefined()
    trips.measured('a', 50, 15_000)
    expect(trips.of('a', 15_000)).toBe(50)
    trips.keep(new Set())
    expect(trips.of('a', 15_000)).toBeUndefined()
  })
})
