import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/model/duration.ts'

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1.5s', 1500],
    ['0', 0],
  ])('reads %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  it.each(['', '5', '-1s', '5 s', '1x', 's', '1e3s', '１s'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it.each([
    [-1, '0s'],
    [12_999, '12s'],
    [119_000, '119s'],
    [180_000, '3m'],
    [7_200_000, '2h'],
    [5 * 86_400_000, '5d'],
  ])('writes %i ms as %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text))
})
