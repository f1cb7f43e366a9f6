import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after } from '../../../src/backends/etcd/calls.ts'
import { type PageFound, PageRanges } from '../../../src/backends/etcd/page-ranges.ts'
import type { KeyRange } from '../../../src/backends/kv/store.ts'

const EVERYTHING: KeyRange = { start: Buffer.alloc(0), end: Buffer.alloc(0) }

interface Read {
  readonly keys: readonly Buffer[]
  readonly requests: number
  /** The keys that etcd walked through to count them. */
  readonly counted: number
}

interface Options {
  readonly few?: number
  /** Whether the first page was read before, together with those of other ranges. */
  readonly isBegun?: boolean
}

/** Reads a range of sorted keys, as etcd would answer. */
function read(stored: readonly Buffer[], range: KeyRange, pageSizes: () => number, options: Options = {}): Read {
  const { isBegun = false, few = 0 } = options
  const keys: Buffer[] = []
  let [requests, counted, size] = [0, 0, pageSizes()]
  const answer = ({ start, end }: KeyRange, room: number): PageFound => {
    expect(end.length === 0 || Buffer.compare(start, end) < 0).toBe(true)
    const [from, to] = [placeOf(stored, start), end.length === 0 ? stored.length : placeOf(stored, end)]
    const found = stored.slice(from, Math.min(to, from + room))
    keys.push(...found)
    counted += to - from
    const { length } = found
    return { length, count: to - from, more: to - from > length, first: found[0], last: found.at(-1) }
  }
  const before = isBegun ? answer(range, size) : undefined
  if (before && !(before.more && before.last)) return { keys, requests, counted }
  const rest = before?.last ? { start: after(before.last), end: range.end, before } : range
  const ranges = new PageRanges(rest, few)
  for (let part = ranges.next(); part; part = ranges.next()) {
    requests++
    const [found, room] = [answer(part, size), size]
    size = pageSizes()
    ranges.found(found, room)
  }
  return { keys, requests, counted }
}

/** The number of sorted keys before this one. */
function placeOf(stored: readonly Buffer[], key: Uint8Array): number {
  let [low, high] = [0, stored.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (Buffer.compare(stored[middle] ?? EVERYTHING.start, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function sorted(keys: readonly Uint8Array[]): Buffer[] {
  const all = new Map(keys.map((key) => [Buffer.from(key).toString('latin1'), Buffer.from(key)]))
  return [...all.values()].sort((a, b) => Buffer.compare(a, b))
}

// Few different bytes, so that keys share beginnings, are the beginnings of others, and lie at the ends of what a byte can be.
const byte = fc.constantFrom(0, 1, 0x2f, 0x30, 0x39, 0x61, 0xfe, 0xff)
const part = fc.array(byte, { minLength: 1, maxLength: 6 })
const repeated = fc.tuple(byte, fc.nat(40)).map(([value, times]) => Array.from({ length: times + 1 }, () => value))
const key = fc
  .array(fc.oneof(part, repeated), { minLength: 1, maxLength: 4 })
  .map((parts) => Uint8Array.from(parts.flat()))
const keys = fc.array(fc.oneof(key, fc.uint8Array({ minLength: 1, maxLength: 8 })), { maxLength: 200 }).map(sorted)

const numbered = (at: number, digits: number): string => String(at).padStart(digits, '0')
const hashed = (at: number): string => ((at * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')

describe('the ranges of pages', () => {
  it('give each key once and in order, whatever the keys, the sizes of pages and the range', () => {
    const bounds = fc.tuple(fc.option(key), fc.option(key))
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))
    const options = fc.record({ few: fc.nat(20), isBegun: fc.boolean() })
    fc.assert(
      fc.property(keys, bounds, sizes, options, (stored, [start, end], pageSizes, chosen) => {
        const range = { start: start ?? EVERYTHING.start, end: end ?? EVERYTHING.end }
        fc.pre(!start || !end || Buffer.compare(start, end) < 0)
        const expected = stored.filter(
          (each) => Buffer.compare(each, range.start) >= 0 && (!end || Buffer.compare(each, end) < 0),
        )
        expect(read(stored, range, () => pageSizes.next().value ?? 1, chosen).keys).toEqual(expected)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are never many more than the pages that they fill, whatever the keys', () => {
    fc.assert(
      fc.property(keys, (stored) => {
        const { requests } = read(stored, EVERYTHING, () => 5)
        expect(requests).toBeLessThanOrEqual(41 * (Math.ceil(stored.length / 2) + 1))
      }),
      { numRuns: 500 },
    )
  })

  const COUNT = 20_000
  const PAGE = 100
  it.each<[string, (at: number) => string]>([
    ['of services with numbers', (at) => `/services/service-${numbered(at % 500, 3)}/id-${numbered(at, 6)}`],
    ['without zeros before a number', (at) => `/services/s-${at % 500}/${at}`],
    ['of one huge service', (at) => `/services/the-only-one-there-is/instance-${numbered(at, 6)}`],
    ['of one huge service among small ones', (at) => (at % 4 ? `/services/large/${hashed(at)}` : `/services/s${at}/1`)],
    ['that are hashes', (at) => `/services/payments/${hashed(at)}`],
    ['with a long common beginning', (at) => `/services/${'x'.repeat(300)}/${hashed(at)}`],
    ['of folders in folders', (at) => `/services/${numbered(at, 5).replaceAll(/(?=.)/g, '/')}`],
  ])('let etcd count each key a few times only: keys %s', (_, keyAt) => {
    const stored = sorted(Array.from({ length: COUNT }, (__, at) => Buffer.from(keyAt(at))))
    const all = read(stored, { start: Buffer.from('/services/'), end: Buffer.from('/services0') }, () => PAGE, {
      few: 2 * PAGE,
    })
    expect(all.keys).toHaveLength(COUNT)
    // Asking for all that is left each time would count 100 times as many.
    expect(all.counted).toBeLessThan(12 * COUNT)
    expect(all.requests).toBeLessThan((3 * COUNT) / PAGE)
  })
})
