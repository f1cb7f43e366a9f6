import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { History } from '../../../src/backends/etcd/history.ts'
import type { WatchAnswer } from '../../../src/backends/etcd/wire.ts'

type Change = WatchAnswer['changes'][number]

const QUIET: WatchAnswer = {
  revision: 0,
  created: false,
  canceled: false,
  compactRevision: 0,
  cancelReason: '',
  fragment: false,
  changes: [],
}

/** A registry's history: how many changes each revision from 1 on has, none for one that was outside the range. */
const sizes = fc.array(fc.nat(3), { minLength: 1, maxLength: 30 })

function changesOf(counts: readonly number[]): Change[] {
  return counts.flatMap((count, at) =>
    Array.from({ length: count }, (_, part) => ({
      revision: at + 1,
      change: { removed: Buffer.from(`${at + 1}-${part}`) },
    })),
  )
}

describe('a watch over cut streams', () => {
  it('tells every revision once and whole, wherever messages end and streams break', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        fc.infiniteStream(fc.nat(4)),
        (counts, lengths, cuts) => {
          const all = changesOf(counts)
          const history = new History('0')
          const told: [string, number][] = []
          for (let streams = 0; streams < 100; streams++) {
            history.reopen()
            const rest = all.filter(({ revision }) => revision >= (history.next ?? 1))
            for (let messages = 0; rest.length > 0; messages++) {
              if (streams < 50 && messages > 0 && cuts.next().value === 0) break
              const changes = rest.splice(0, lengths.next().value)
              const fragment = rest[0]?.revision === changes.at(-1)?.revision
              for (const event of history.take({ ...QUIET, revision: counts.length, fragment, changes }))
                if (event.is === 'changes') told.push([event.revision, event.changes.length])
            }
          }
          expect(told).toEqual(counts.flatMap((count, at) => (count > 0 ? [[String(at + 1), count]] : [])))
        },
      ),
    )
  })

  it('begins after the moment at which it was made when nobody names a revision', () => {
    const history = new History(undefined)
    expect([...history.take({ ...QUIET, created: true, revision: 7 })]).toEqual([{ is: 'progress', revision: '7' }])
    expect(history.next).toBe(8)
    expect([...history.take({ ...QUIET, created: true, revision: 9 })]).toEqual([])
    expect(history.next).toBe(8)
  })

  it('goes on after progress, and never back', () => {
    const history = new History('4')
    expect([...history.take({ ...QUIET, revision: 9 })]).toEqual([{ is: 'progress', revision: '9' }])
    expect([...history.take({ ...QUIET, revision: 3 })]).toEqual([])
    expect(history.next).toBe(10)
  })
})
