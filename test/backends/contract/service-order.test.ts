import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { byBytes, byServiceName } from '../../../src/backends/contract/service-order.ts'

const compared = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const text = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'binary' }))

it('orders texts by their bytes', () => {
  fc.assert(fc.property(text, text, (a, b) => byBytes(a, b) === compared(a, b)))
  expect(['\u{1f600}', '\uff5e', 'é', 'z'].toSorted(byBytes)).toEqual(['z', 'é', '\uff5e', '\u{1f600}'])
})

it('orders names of services as keys below them are', () => {
  fc.assert(fc.property(text, text, (a, b) => byServiceName(a, b) === compared(`${a}/`, `${b}/`)))
  expect(['web0', 'web', 'web-b'].toSorted(byServiceName)).toEqual(['web-b', 'web', 'web0'])
})
