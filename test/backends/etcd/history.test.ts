import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { History } from '../../../src/backends/etcd/history.ts'
import type { WatchAnswer } from '../../../src/backends/etcd/wire.ts'

type Change = WatchAnswer['changes'][number]

const QUIET: WatchAnswer = {
  revision: 0,
  range: 0,
  isOfAll: false,
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: '',
  fragment: false,
  changes: [],
}

/** A registry's history: how many changes each revision from 1 on has in each range, none for one that was outside. */
const sizes = (ranges: number) =>
  fc.array(fc.tuple(...Array.from({ length: ranges }, () => fc.nat(3))), { minLength: 1, maxLength: 30 })

function changesOf(counts: readonly (readonly number[])[], range: number): Change[] {
  return counts.flatMap((each, at) =>
    Array.from({ length: each[range] ?? 0 }, (_, part) => ({
      revision: at + 1,
      change: { removed: Buffer.from(`${at + 1}-${range}-${part}`) },
    })),
  )
}

describe.each([1, 2, 3])('a watch of %i ranges over cut streams', (ranges) => {
  it('tells every revision once, whole and in order, wherever messages end and streams break', () => {
    fc.assert(
      fc.property(
        sizes(ranges),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        fc.infiniteStream(fc.nat(ranges - 1)),
        fc.infiniteStream(fc.nat(4)),
        (counts, lengths, turns, cuts) => {
          const history = new History('0')
          const told: [string, number][] = []
          const tell = (answer: WatchAnswer) => {
            for (const event of history.take(answer))
              if (event.is === 'changes') told.push([event.revision, event.changes.length])
          }
          for (let streams = 0; streams < 100; streams++) {
            history.reopen(ranges)
            const rest = Array.from({ length: ranges }, (_, range) =>
              changesOf(counts, range).filter(({ revision }) => revision >= (history.next ?? 1)),
            )
            let isCut = false
            for (let messages = 0; !isCut && rest.some((changes) => changes.length > 0); messages++) {
              isCut = streams < 50 && messages > 0 && cuts.next().value === 0
              const range = turns.next().value
              const changes = rest[range]?.splice(0, lengths.next().value) ?? []
              if (isCut || changes.length === 0) continue
              const fragment = rest[range]?.[0]?.revision === changes.at(-1)?.revision
              tell({ ...QUIET, range, revision: counts.length, fragment, changes })
              const sent = Math.min(...rest.map(([next]) => next?.revision ?? Infinity)) - 1
              if (cuts.next().value === 1 && !fragment && sent < counts.length)
                tell({ ...QUIET, isOfAll: true, revision: sent })
            }
            if (!isCut) tell({ ...QUIET, isOfAll: true, revision: counts.length })
          }
          const whole = counts.map((each) => each.reduce((sum, count) => sum + count, 0))
          expect(told).toEqual(whole.flatMap((count, at) => (count > 0 ? [[String(at + 1), count]] : [])))
          expect(history.isHolding).toBe(false)
          expect(history.next).toBe(counts.length + 1)
        },
      ),
    )
  })
})

describe('a watch', () => {
  it('begins after the moment at which it was made when nobody names a revision', () => {
    const history = new History(undefined)
    expect(history.begin(7)).toEqual({ is: 'progress', revision: '7' })
    history.reopen()
    expect([...history.take({ ...QUIET, created: true, revision: 9 })]).toEqual([])
    expect(history.next).toBe(8)
  })

  it('goes on after progress, and never back', () => {
    const history = new History('4')
    history.reopen()
    expect([...history.take({ ...QUIET, revision: 9 })]).toEqual([{ is: 'progress', revision: '9' }])
    expect([...history.take({ ...QUIET, revision: 3 })]).toEqual([])
    expect(history.next).toBe(10)
  })

  it('holds a change of one range back until the others have told what they have up to it', () => {
    const history = new History('4')
    history.reopen(2)
    expect([
      ...history.take({ ...QUIET, range: 0, changes: [{ revision: 6, change: { removed: Buffer.from('6') } }] }),
    ]).toEqual([])
    expect(history.isHolding).toBe(true)
    expect([...history.take({ ...QUIET, range: 1, revision: 5 })]).toEqual([{ is: 'progress', revision: '5' }])
    expect([...history.take({ ...QUIET, isOfAll: true, revision: 8 })]).toEqual([
      { is: 'changes', revision: '6', changes: [{ removed: Buffer.from('6') }] },
      { is: 'progress', revision: '8' },
    ])
    expect(history.isHolding).toBe(false)
  })
})
