import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startProgress } from '../../src/cli/output/progress.ts'
import { Demo } from './demo.ts'
import { type Collected, collected } from './output/collected.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => vi.useRealTimers())

/** Every look at the clock takes as long as the line stands. */
function tickingClock(): number {
  vi.advanceTimersByTime(100)
  return Date.now()
}

const begin = (stderr: Collected, quiet = false) =>
  startProgress({ io: { stderr }, globals: { quiet } }, 'records read')

describe('progress', () => {
  it('is a line every ten seconds where there is no terminal', async () => {
    const stderr = collected()
    const progress = begin(stderr)
    progress.count(1)
    vi.advanceTimersByTime(9_999)
    expect(stderr.text()).toBe('')
    progress.count(1204, 20_000)
    vi.advanceTimersByTime(10_001)
    await progress.stop()
    vi.advanceTimersByTime(60_000)
    expect(stderr.text()).toBe('records read: 1,204 of 20,000\nrecords read: 1,204 of 20,000\n')
  })

  it('is one line on a terminal, which gives way to what is written, and goes', async () => {
    const stderr = collected(80)
    const progress = begin(stderr)
    const output = progress.above(collected(80))
    await output.write('before anything is drawn\n')
    progress.count(7)
    vi.advanceTimersByTime(100)
    expect(stderr.writes).toEqual(['\r\u001b[Krecords read: 7'])
    await output.write('a row\n')
    await output.write('another row\n')
    expect(stderr.writes.slice(1)).toEqual(['\r\u001b[K'])
    vi.advanceTimersByTime(100)
    await progress.stop()
    await progress.stop()
    expect(stderr.writes.slice(2)).toEqual(['\r\u001b[Krecords read: 7', '\r\u001b[K'])
  })

  it('has a bar on a terminal where the total is known, and where there is room', async () => {
    const [wide, narrow] = [collected(80), collected(40)]
    for (const stderr of [wide, narrow]) {
      const progress = begin(stderr)
      progress.count(1204, 2000)
      vi.advanceTimersByTime(100)
      await progress.stop()
    }
    const bar = `[${'#'.repeat(14)}${' '.repeat(10)}]  60%`
    expect(wide.writes[0]).toBe(`\r\u001b[Krecords read: 1,204 of 2,000  ${bar}`)
    expect(narrow.writes[0]).toBe('\r\u001b[Krecords read: 1,204 of 2,000')
  })

  it('is nothing with --quiet', async () => {
    const stderr = collected(80)
    const progress = begin(stderr, true)
    progress.count(7)
    vi.advanceTimersByTime(60_000)
    await progress.stop()
    expect(stderr.text()).toBe('')
  })
})

it.each(['check-keys', 'check-keys --list', 'purge --rule RC1001 --dry-run'])(
  '%s tells how many records it has checked',
  async (line) => {
    await using demo = await Demo.open()
    const { stdout, stderr } = await demo.run(line, { terminal: true, now: tickingClock })
    expect(stderr).toContain('\r\u001b[Krecords checked: 22')
    expect(stdout).not.toContain('\u001b[K')
    expect(stderr.split('\n').filter((row) => /checked: \d+[^\r\d]/.test(row))).toEqual([])
  },
)
