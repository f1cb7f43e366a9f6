import { describe, expect, it } from 'vitest'
import { type Suppression, BaselineTally, endedIn } from '../../src/reports/baseline.ts'

const known = new Map([['RC1001', new Set(['/a', '/b'])]])
const suppression = (more: Partial<Suppression> = {}): Suppression => ({
  rules: ['RC1301'],
  keys: ['/search/*', '/c'],
  reason: 'moves with release 7',
  until: '2027-01-31',
  at: { line: 4, column: 3 },
  ...more,
})
const within = Date.parse('2027-01-31T23:59:59.999Z')
const after = Date.parse('2027-02-01T00:00:00Z')

describe('a baseline', () => {
  it('expects what it knows and what it suppresses, and counts each once', () => {
    const tally = new BaselineTally({ known, suppressions: [suppression(), suppression({ keys: ['*'] })] }, within)
    const expected = [
      ['RC1001', '/a'],
      ['RC1001', '/c'],
      ['RC1002', '/a'],
      ['RC1301', '/search/s-1'],
      ['RC1301', '/c'],
    ].map(([rule = '', key = '']) => tally.isExpected({ rule, key }))
    expect(expected).toEqual([true, false, false, true, true])
    expect(tally).toMatchObject({ known: 1, suppressed: 2 })
  })

  it('suppresses through the last day, and says afterwards what has ended', () => {
    const baseline = { known, suppressions: [suppression(), suppression({ until: '2027-02-01' })] }
    const finding = { rule: 'RC1301', key: '/c' }
    expect(endedIn(baseline, within)).toEqual([])
    expect(endedIn(baseline, after)).toEqual([suppression()])
    expect(new BaselineTally(baseline, after).isExpected(finding)).toBe(true)
    expect(new BaselineTally({ known, suppressions: [suppression()] }, after).isExpected(finding)).toBe(false)
  })
})
