import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Fitting, fit } from '../../../src/cli/output/fit.ts'
import { wrapped } from '../../../src/cli/output/wrap.ts'
import { width } from '../../../src/cli/output/width.ts'

const text = (natural: number, isEmpty = false): Fitting => ({ natural, kind: 'text', isEmpty })
const name = (natural: number): Fitting => ({ natural, kind: 'name', isEmpty: false })
const word = (natural: number): Fitting => ({ natural, kind: 'word', isEmpty: false })
const shown = (columns: readonly Fitting[], limit?: number) =>
  fit(columns, limit).map(({ at, width: wide }) => [at, wide])

describe('fit', () => {
  it('leaves widths alone where there is room, or no limit', () => {
    expect(shown([name(10), text(20), text(7, true)])).toEqual([
      [0, 10],
      [1, 20],
      [2, 7],
    ])
    expect(shown([name(10), text(20), text(7, true)], 41)).toHaveLength(3)
  })

  it('leaves out empty columns first, the last first, and only as many as it must', () => {
    expect(shown([name(10), text(5, true), text(20), text(5, true)], 41)).toEqual([
      [0, 10],
      [1, 5],
      [2, 20],
    ])
    expect(shown([name(10), text(5, true), text(20), text(5, true)], 32)).toEqual([
      [0, 10],
      [2, 20],
    ])
  })

  it('cuts text down to some words, the widest first, and then leaves it out', () => {
    expect(shown([name(10), text(20), text(30)], 50)).toEqual([
      [0, 10],
      [1, 18],
      [2, 18],
    ])
    expect(shown([name(10), text(20), text(30), text(3)], 40)).toEqual([
      [0, 10],
      [1, 20],
      [3, 3],
    ])
  })

  it('leaves out last the text that is said to go last', () => {
    const squares: Fitting = { ...text(14), goesLast: true }
    expect(shown([name(12), squares, text(7), text(9)], 40)).toEqual([
      [0, 12],
      [1, 14],
      [2, 7],
    ])
    expect(shown([name(12), squares, text(7), text(9)], 20)).toEqual([[0, 12]])
  })

  it('keeps names and words while there is text, and then cuts names', () => {
    expect(shown([name(24), word(7), text(60)], 40)).toEqual([
      [0, 24],
      [1, 7],
    ])
    expect(shown([name(15), name(24), word(7), text(60)], 40)).toEqual([
      [0, 15],
      [1, 14],
      [2, 7],
    ])
  })

  it('leaves out the last where even narrow ones do not fit', () => {
    expect(shown([name(36), word(10), name(36), word(10)], 20)).toEqual([
      [0, 8],
      [1, 10],
    ])
  })

  it('never needs more than there is', () => {
    const column = fc.record<Fitting>({
      natural: fc.nat(1000),
      kind: fc.constantFrom('name', 'word', 'text'),
      isEmpty: fc.boolean(),
      goesLast: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(column, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        (columns, limit) => {
          const fitted = fit(columns, limit)
          const total = fitted.reduce((sum, each) => sum + each.width, 2 * (fitted.length - 1))
          expect(fitted.length).toBeGreaterThan(0)
          expect(total).toBeLessThanOrEqual(limit)
          for (const { at, width: wide } of fitted) {
            expect(wide).toBeGreaterThanOrEqual(0)
            expect(wide).toBeLessThanOrEqual(columns[at]?.natural ?? -1)
          }
        },
      ),
    )
  })
})

describe('wrapped', () => {
  it('breaks between words, and within those that are longer than a line', () => {
    expect(wrapped('one two three four five', 16)).toEqual(['one two three', 'four five'])
    expect(wrapped(`so ${'中'.repeat(10)}`, 16)).toEqual(['so', '中'.repeat(8), '中'.repeat(2)])
  })

  it('loses nothing of a text that is not huge, and makes no line too long', () => {
    const unit = fc.constantFrom('a', 'b', ' ', '中', '🚀', 'e\u0301', '👩‍👩‍👧')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 300 }), fc.integer({ min: 16, max: 80 }), (whole, columns) => {
        const lines = wrapped(whole, columns)
        expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns)
        expect(lines.join('').replaceAll(' ', '')).toBe(whole.replaceAll(' ', ''))
      }),
    )
  })

  it('shows the beginning of a huge one', () => {
    expect(wrapped('x'.repeat(300_000), 40).join('').length).toBeLessThanOrEqual(1_000)
  })
})
