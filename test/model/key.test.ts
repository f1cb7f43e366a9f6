import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeKey, unescapeKey } from '../../src/model/key.ts'
import { anyText } from '../any-text.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('escapeKey', () => {
  it.each([
    ['printable ASCII as it is', Buffer.from('/microservices//node-7.local'), '/microservices//node-7.local'],
    ['other scripts as they are', Buffer.from('/microservices/用户服务/节点-1'), '/microservices/用户服务/节点-1'],
    ['a backslash twice', Buffer.from('a\\b'), 'a\\\\b'],
    ['control characters byte by byte', Buffer.from('a\u001b[2Jb\n'), 'a\\x1b[2Jb\\x0a'],
    ['an order mark that would turn text around', Buffer.from('a\u202eb'), 'a\\xe2\\x80\\xaeb'],
    ['bytes that are not UTF-8', hex('61 ff 62 e2 82'), 'a\\xffb\\xe2\\x82'],
    ['an overlong sequence', hex('c0 af'), '\\xc0\\xaf'],
    ['nothing', Buffer.alloc(0), ''],
  ])('shows %s', (_, key, text) => {
    expect(escapeKey(key)).toBe(text)
    expect(Buffer.from(unescapeKey(text))).toEqual(key)
  })

  it('names exactly the bytes it was made from', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
        expect(Buffer.from(unescapeKey(escapeKey(key)))).toEqual(Buffer.from(key))
      }),
      { numRuns: 2000 },
    )
  })

  it('lets nothing through that a terminal would act on', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 20 }), (text) => {
        expect(escapeKey(Buffer.from(text))).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 2000 },
    )
  })
})
