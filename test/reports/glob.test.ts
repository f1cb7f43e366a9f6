import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { glob, isGlob } from '../../src/reports/glob.ts'

describe('glob', () => {
  it.each([
    ['pay*', 'payments', true],
    ['pay*', 'pay', true],
    ['pay*', 'repay', false],
    ['*', '', true],
    ['p?y', 'pay', true],
    ['p?y', 'p🚀y', true],
    ['p?y', 'py', false],
    ['v[12]', 'v2', true],
    ['v[12]', 'v3', false],
    ['v[1-3]', 'v2', true],
    ['v[!1-3]', 'v2', false],
    ['v[!1-3]', 'v9', true],
    ['v[3-1]', 'v2', false],
    ['a[^b]', 'a^', true],
    ['a[b-]', 'a-', true],
    ['a.c*', 'abcd', false],
    ['a[', 'a[', true],
    ['a[b]', 'a[b]', true],
    ['a*\nb', 'axx\nb', true],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(glob(pattern)(text)).toBe(expected)
  })

  it('takes any pattern, and every pattern matches itself', () => {
    const pattern = fc.string({
      unit: fc.constantFrom(...'a b * ? [ ] ! ^ - \\ . + ( ) { } | $ / 🚀 \n'.split(' ')),
      maxLength: 12,
    })
    fc.assert(fc.property(pattern, (text) => glob(text)(text)))
  })

  it('takes a name without * ? [ as it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, other) => isGlob(name) || glob(name)(other) === (name === other)),
    )
  })
})
