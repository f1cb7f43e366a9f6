import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../src/balance/candidate.ts'
import { consistentHash } from '../../src/balance/consistent-hash.ts'
import { prefer } from '../../src/balance/prefer.ts'
import { roundRobin } from '../../src/balance/round-robin.ts'
import { STRATEGIES, type StrategyName, strategyOf } from '../../src/balance/strategy.ts'
import { counted, misfit, seeded } from './chance.ts'

const TIMES = 20_000

function of(...weights: (number | undefined)[]): Candidate[] {
  return weights.map((weight, at) => ({ key: `i-${at}`, weight }))
}

const alike = of(...Array.from({ length: 7 }, () => undefined))
const keysOf = (candidates: readonly Candidate[]) => candidates.map(({ key }) => key)

function chosenOf(name: StrategyName, candidates: readonly Candidate[], times = TIMES, seed = 7): number[] {
  const strategy = strategyOf(name)
  const chance = seeded(seed)
  const choosing = (at: number) => ({ chance, roundTrip: () => undefined, hashKey: `user-${at}` })
  return counted(keysOf(candidates), times, (at) => strategy(candidates, choosing(at)))
}

describe('the measure of these tests', () => {
  it('takes what is even, and refuses what is not', () => {
    expect(misfit([1000, 1010, 990], [1, 1, 1])).toBeLessThan(1)
    expect(misfit([1000, 1200, 800], [1, 1, 1])).toBeGreaterThan(1)
  })
})

describe('without weights each is chosen as often', () => {
  it.each(['random', 'weighted-random', 'least-rtt', 'hash'] as const)('%s', (name) => {
    expect(misfit(chosenOf(name, alike), [1, 1, 1, 1, 1, 1, 1])).toBeLessThan(1)
  })

  it.each(['round-robin', 'smooth-weighted'] as const)('%s, to the one', (name) => {
    expect(chosenOf(name, alike, 700)).toEqual([100, 100, 100, 100, 100, 100, 100])
  })
})

describe('with weights each is chosen as often as it weighs', () => {
  it('weighted-random', () => {
    expect(misfit(chosenOf('weighted-random', of(1, 2, 7)), [1, 2, 7])).toBeLessThan(1)
  })

  it('smooth-weighted, to the one, and never in a row what can be spread', () => {
    const strategy = strategyOf('smooth-weighted')
    const choosing = { chance: seeded(1), roundTrip: () => undefined, hashKey: '' }
    const turns = Array.from({ length: 7 }, () => strategy(of(5, 1, 1), choosing)?.key)
    expect(turns.join(' ')).toBe('i-0 i-0 i-1 i-0 i-2 i-0 i-0')
    expect(chosenOf('smooth-weighted', of(5, 1, 1), 7000)).toEqual([5000, 1000, 1000])
  })

  it("the registry's own weights count where it has one for all", () => {
    const one = { key: 'i-0', registryWeight: 1 }
    const ten = { key: 'i-1', registryWeight: 10, weight: 10 }
    expect(chosenOf('smooth-weighted', [one, ten], 11)).toEqual([1, 10])
    expect(chosenOf('smooth-weighted', [one, { key: 'i-1', weight: 50 }], 3)).toEqual([2, 1])
  })

  it('an unknown weight is that of Kratos, 100', () => {
    expect(chosenOf('smooth-weighted', of(undefined, 300), 400)).toEqual([100, 300])
  })
})

describe.each(['weighted-random', 'smooth-weighted'] as const)('%s takes any weight', (name) => {
  it.each<[string, (number | undefined)[], number[]]>([
    ['0 and below get nothing', [0, -5, 10, Number.NaN], [0, 0, 1000, 0]],
    ['all 0: all alike', [0, 0], [500, 500]],
    ['all below 0: all alike', [-1, -2], [500, 500]],
    ['huge ones beside each other', [Number.MAX_VALUE, Number.MAX_VALUE], [500, 500]],
    ['endless ones are huge', [Infinity, Number.MAX_VALUE], [500, 500]],
    ['a small one beside a huge one', [1e300, 1], [1000, 0]],
    ['tiny ones', [Number.MIN_VALUE, Number.MIN_VALUE], [500, 500]],
  ])('%s', (_, weights, expected) => {
    const counts = chosenOf(name, of(...weights), 1000)
    const due = expected.filter((count) => count > 0)
    expect(counts.filter((_count, at) => expected[at] === 0)).toEqual(expected.filter((count) => count === 0))
    expect(counts.reduce((a, b) => a + b, 0)).toBe(1000)
    if (due.length > 1) expect(misfit(counts, expected)).toBeLessThan(1)
  })
})

describe('every strategy', () => {
  it('chooses one of those there are, whatever they weigh, and nobody of none', () => {
    const weight = fc.option(fc.double(), { nil: undefined })
    const candidates = fc
      .uniqueArray(fc.string(), { maxLength: 8 })
      .chain((keys) => fc.tuple(...keys.map((key) => fc.record({ key: fc.constant(key), weight }))))
    const lists = fc.array(candidates, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 2 ** 31 - 2 }), fc.string(), (some, seed, hashKey) => {
        for (const name of STRATEGIES) {
          const strategy = strategyOf(name)
          const chance = seeded(seed)
          for (const list of some) {
            const chosen = strategy<Candidate>(list, { chance, roundTrip: ({ weight: slow }) => slow, hashKey })
            if (list.length === 0) expect(chosen).toBeUndefined()
            else expect(list).toContain(chosen)
          }
        }
      }),
    )
  })
})

describe('round-robin', () => {
  it('goes on behind the last one, whoever came or went', () => {
    expect(roundRobin(alike, 'i-3')?.key).toBe('i-4')
    expect(roundRobin(of(1, 1, 1), 'i-3')?.key).toBe('i-0')
    expect(
      roundRobin(
        alike.filter(({ key }) => key !== 'i-4'),
        'i-4',
      )?.key,
    ).toBe('i-5')
    expect(roundRobin(alike.toReversed())?.key).toBe('i-0')
  })
})

describe('least-rtt', () => {
  it('takes the quicker of two, so the slowest never beside another', () => {
    const strategy = strategyOf('least-rtt')
    const slow = of(30, 20, 10)
    const chance = seeded(3)
    const choosing = { chance, roundTrip: ({ weight }: Candidate) => weight, hashKey: '' }
    const counts = counted(keysOf(slow), TIMES, () => strategy(slow, choosing))
    expect(counts[0]).toBe(0)
    expect(misfit(counts.slice(1), [1, 2])).toBeLessThan(1)
    expect(strategy(slow.slice(0, 1), choosing)?.key).toBe('i-0')
  })
})

describe('hash', () => {
  it('takes the same for the same text, and moves only what the one that went had', () => {
    const gone = 'i-2'
    const left = alike.filter(({ key }) => key !== gone)
    let moved = 0
    for (let at = 0; at < 2000; at++) {
      const before = consistentHash(alike, `user-${at}`)
      const after = consistentHash(left.toReversed(), `user-${at}`)
      if (before?.key === gone) moved++
      else expect(after).toBe(before)
    }
    expect(misfit([moved, 2000 - moved], [1, 6])).toBeLessThan(1)
  })
})

const even = (n: number) => n % 2 === 0
const big = (n: number) => n > 100
const small = (n: number) => n < 4

describe('prefer', () => {
  it('fulfils each wish in turn that somebody fulfils', () => {
    expect(prefer([1, 2, 3, 4], [even, big, small])).toEqual([2])
    expect(prefer([1, 3], [even])).toEqual([1, 3])
    expect(prefer([], [even])).toEqual([])
  })
})
