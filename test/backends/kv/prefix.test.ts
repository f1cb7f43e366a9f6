import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { contains, covering, exactly, inside, rangeText } from '../../../src/backends/kv/store.ts'
import { nameOf, Prefix, prefixOf, serviceOf } from '../../../src/backends/kv/prefix.ts'

it('names any bytes of a service so that they are found again', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  )
  fc.assert(fc.property(bytes, (name) => Buffer.from(nameOf(serviceOf(name))).equals(Buffer.from(name))))
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('\\', 'x', 'a', '/') }), roundTrip))
})

function roundTrip(text: string): boolean {
  return serviceOf(nameOf(text)) === text
}

it.each([
  ['/microservices', '/microservices/sre'],
  ['/', '/sre'],
  ['', 'sre'],
  ['/x/', '/x//sre'],
  ['no/slash', 'no/slash/sre'],
])('takes the prefix %j as it is: %j', (prefix, folder) => {
  expect(Buffer.from(new Prefix(prefix).folder('sre')).toString()).toBe(folder)
})

it('finds the prefix of a key, also of one that lies elsewhere', () => {
  const prefixes = [new Prefix('/aio/registry'), new Prefix('/microservices')]
  const of = (key: string) => prefixOf(Buffer.from(key), prefixes).text
  expect(of('/microservices/sre/grpc/1')).toBe('/microservices')
  expect(of('/microservices')).toBe('')
  expect(of('/company/kratos/sre/1')).toBe('/company/kratos')
  expect(of('sre')).toBe('')
})

it('bounds ranges by bytes', () => {
  const folder = inside(Buffer.from('/m'))
  for (const [key, isIn] of Object.entries({
    '/m/': true,
    '/m/a': true,
    '/m/\u{10ffff}': true,
    '/m': false,
    '/m0': false,
  }))
    expect([key, contains(folder, Buffer.from(key))]).toEqual([key, isIn])
  const all = covering([inside(Buffer.from('/m')), inside(Buffer.from('/a')), exactly(Buffer.from('/k'))])
  expect([all.start, all.end].map(String)).toEqual(['/a/', '/m0'])
})

it('names a range by the prefix or the key that it is', () => {
  expect(rangeText(inside(Buffer.from('/m')))).toBe('/m/')
  expect(rangeText(exactly(Buffer.from('/m\n')))).toBe('/m\\x0a')
  expect(rangeText({ start: Buffer.from('a'), end: Buffer.from('c') })).toBe('a … c')
})
