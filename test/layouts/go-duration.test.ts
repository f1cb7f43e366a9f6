import { expect, it } from 'vitest'
import { formatGoDuration } from '../../src/layouts/go-time.ts'

it.each([
  [0, '0s'],
  [-5_000, '0s'],
  [999, '999ms'],
  [1_500, '1.5s'],
  [59_999, '59.999s'],
  [60_007, '1m0.007s'],
  [60_000, '1m0s'],
  [3_600_000, '1h0m0s'],
  [12_310_000, '3h25m10s'],
  [100 * 3_600_000, '100h0m0s'],
])('%i ms are %s', (milliseconds, text) => {
  expect(formatGoDuration(milliseconds)).toBe(text)
})
