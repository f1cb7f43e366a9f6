import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { didYouMean, editDistance, nearNames } from '../../src/reports/near-names.ts'

it.each([
  ['kitten', 'sitting', 3],
  ['payment', 'paymnet', 1],
  ['', 'abc', 3],
  ['same', 'same', 0],
])('the distance of %s and %s is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
})

it('is the same both ways, and never more than the longer word', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const distance = editDistance(a, b)
      return (
        distance === editDistance(b, a) && distance <= Math.max(a.length, b.length) && (distance === 0) === (a === b)
      )
    }),
  )
})

it('suggests the nearest few, nearest first', () => {
  const names = ['orders', 'payments', 'payment', 'search', 'paymentz', 'Paymnts']
  expect(nearNames('paymnts', names)).toEqual(['Paymnts', 'payments', 'payment'])
  expect(nearNames('pay', ['payments-gateway', 'zzz'])).toEqual(['payments-gateway'])
  expect(nearNames('completely-else', names)).toEqual([])
  expect(didYouMean('upp', ['up', 'down'])).toBe('did you mean "up"?')
  expect(didYouMean('x', ['longer'])).toBeUndefined()
})
