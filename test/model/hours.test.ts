import { describe, expect, it } from 'vitest'
import { isWithin, parseHours } from '../../src/model/hours.ts'

const within = (text: string, time: string): boolean | undefined => {
  const hours = parseHours(text)
  return hours && isWithin(hours, Date.parse(time))
}

describe('hours', () => {
  // 2026-11-30 is a Monday; Berlin is an hour ahead of UTC then, and two in July.
  it.each<[string, string, boolean]>([
    ['Mon-Fri 09:00-18:00 Europe/Berlin', '2026-11-30T08:00:00Z', true],
    ['Mon-Fri 09:00-18:00 Europe/Berlin', '2026-11-30T07:59:59Z', false],
    ['Mon-Fri 09:00-18:00 Europe/Berlin', '2026-11-30T16:59:59Z', true],
    ['Mon-Fri 09:00-18:00 Europe/Berlin', '2026-11-30T17:00:00Z', false],
    ['Mon-Fri 09:00-18:00 Europe/Berlin', '2026-07-06T07:00:00Z', true],
    ['Mon-Fri 09:00-18:00 Europe/Berlin', '2026-11-29T10:00:00Z', false],
    ['fri-mon 00:00-24:00 UTC', '2026-11-29T10:00:00Z', true],
    ['fri-mon 00:00-24:00 UTC', '2026-12-01T10:00:00Z', false],
    ['Mon,Wed 10:00-11:00 UTC', '2026-12-02T10:30:00Z', true],
    ['Mon,Wed 10:00-11:00 UTC', '2026-12-01T10:30:00Z', false],
    ['Fri 22:00-06:00 UTC', '2026-12-04T23:00:00Z', true],
    ['Fri 22:00-06:00 UTC', '2026-12-05T05:59:00Z', true],
    ['Fri 22:00-06:00 UTC', '2026-12-04T05:59:00Z', false],
    ['09:00-10:00 Asia/Kolkata', '2026-11-30T03:30:00Z', true],
  ])('%s at %s: %s', (text, time, is) => {
    expect(within(text, time)).toBe(is)
  })

  it.each([
    '',
    '09:00-18:00',
    'Mon-Fri 9-18 UTC',
    'Mon-Fun 09:00-18:00 UTC',
    'Mon 09:00-09:00 UTC',
    'Mon 09:60-10:00 UTC',
    'Mon 09:00-25:00 UTC',
    'Mon 09:00-18:00 Moon/Base',
  ])('%s are not valid hours', (text) => {
    expect(parseHours(text)).toBeUndefined()
  })
})
