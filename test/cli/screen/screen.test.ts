import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Screen, frame } from '../../../src/cli/screen/screen.ts'
import { cutStyled, styledWidth } from '../../../src/cli/screen/styled.ts'
import { Grid } from './grid.ts'

const size = { columns: 12, rows: 4 }

describe('a frame', () => {
  it('has the lines that changed alone, and erases what is left of them', () => {
    expect(frame(['one', 'two', 'three'], ['one', '2', 'three'], size)).toBe('\u001b[2;1H2\u001b[K')
    expect(frame(['one'], ['one'], size)).toBe('')
    expect(frame(['one', 'two'], ['one'], size)).toBe('\u001b[2;1H\u001b[J')
  })

  it('does not erase behind a line that is as wide as the terminal: its last column would go', () => {
    expect(frame(undefined, ['x'.repeat(12)], size)).toBe(`\u001b[1;1H${'x'.repeat(12)}\u001b[2;1H\u001b[J`)
  })

  it('makes a terminal show the lines, whatever it has shown', async () => {
    const unit = fc.constantFrom('a', 'b', '中', ' ', '🚀')
    const line = fc.string({ unit, maxLength: 6 })
    const lines = fc.array(line, { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 5 }), async (pictures) => {
        const grid = new Grid(size.columns, size.rows)
        let before: readonly string[] | undefined
        for (const after of pictures) {
          await grid.write(frame(before, after, size))
          before = after
          const wanted = Array.from({ length: size.rows }, (_, at) => (after[at] ?? '').trimEnd())
          expect(grid.text).toBe(wanted.join('\n'))
        }
      }),
    )
  })
})

describe('a screen', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => vi.useRealTimers())

  it('draws ten frames a second at most, however often something changes', async () => {
    const grid = new Grid(20, 2)
    let count = 0
    using screen = new Screen(grid, () => [String(count)])
    for (let at = 0; at < 1000; at++) {
      count++
      screen.refresh()
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(grid.frames.length).toBeLessThanOrEqual(11)
    await vi.advanceTimersByTimeAsync(100)
    expect(grid.text).toBe('1000\n')
  })

  it('writes nothing where nothing changed, and answers a key at once', async () => {
    const grid = new Grid(20, 2)
    let text = 'same'
    using screen = new Screen(grid, () => [text])
    screen.again()
    for (let at = 0; at < 10; at++) {
      screen.refresh()
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(grid.frames).toHaveLength(1)
    text = 'other'
    screen.answer()
    expect(grid.text).toBe('other\n')
  })

  it('waits for a terminal that is slow, and then draws the newest', async () => {
    const grid = new Grid(20, 1)
    const shown: string[] = []
    const waiting: (() => void)[] = []
    const slow = Object.assign(grid, {
      write: (text: string) => {
        shown.push(text)
        return new Promise<void>((resolve) => {
          waiting.push(resolve)
        })
      },
    })
    let count = 0
    using screen = new Screen(slow, () => [String(count)])
    screen.again()
    for (count = 1; count < 50; count++) {
      screen.refresh()
      await vi.advanceTimersByTimeAsync(200)
    }
    expect(shown).toHaveLength(1)
    waiting[0]?.()
    await vi.advanceTimersByTimeAsync(200)
    expect(shown).toHaveLength(2)
    expect(shown[1]).toContain('50')
  })

  it('tells when the terminal is gone', async () => {
    const gone = Object.assign(new Grid(20, 1), { write: () => Promise.reject(new Error('EIO')) })
    using screen = new Screen(gone, () => ['x'])
    screen.again()
    await expect(screen.lost).rejects.toThrow('EIO')
  })
})

describe('a line with colours', () => {
  it('is cut by what is seen, and its colours end in it', () => {
    expect(cutStyled('\u001b[31mabcdef\u001b[39m', 4)).toBe('\u001b[31mabc…\u001b[39m')
    expect(cutStyled('ab\u001b[31mcd\u001b[39mef', 4)).toBe('ab\u001b[31mc…\u001b[39m')
  })

  it('never takes more than there is room for', () => {
    const unit = fc.constantFrom('a', '中', '🚀', ' ', '\u001b[31m', '\u001b[39m')
    fc.assert(
      fc.property(fc.string({ unit }), fc.nat(20), (line, columns) => styledWidth(cutStyled(line, columns)) <= columns),
    )
  })
})
