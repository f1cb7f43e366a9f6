import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { textsInOrder } from '../../src/model/texts.ts'

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '10', '9', 'version'))
const source = fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.constant(null)))

it('has the texts of any object under their own keys, in order', () => {
  fc.assert(
    fc.property(source, (fields) => {
      const texts = Object.entries(fields).filter(([, value]) => typeof value === 'string')
      const ordered = Object.fromEntries(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)))
      expect(Object.entries(textsInOrder(fields))).toEqual(Object.entries(ordered))
      expect(Object.getPrototypeOf(textsInOrder(fields))).toBe(Object.prototype)
    }),
  )
})

it('leaves out what is not wanted', () => {
  expect(textsInOrder({ b: '1', a: '2', c: '1' }, (name, text) => name !== 'c' && text === '1')).toEqual({ b: '1' })
})
