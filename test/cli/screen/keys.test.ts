import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Key, KeyDecoder } from '../../../src/cli/screen/keys.ts'
import { edited } from '../../../src/cli/screen/line-input.ts'

const all = (...parts: readonly string[]): Key[] => {
  const decoder = new KeyDecoder()
  return [...parts.flatMap((part) => decoder.decode(part)), ...decoder.flush()]
}

describe('keys', () => {
  it.each([
    ['\u001b[A', 'up'],
    ['\u001bOB', 'down'],
    ['\u001b[1;5C', 'right'],
    ['\u001b[D', 'left'],
    ['\u001b[5~', 'page-up'],
    ['\u001b[6~', 'page-down'],
    ['\u001b[H', 'home'],
    ['\u001b[4~', 'end'],
    ['\r', 'enter'],
    ['\u007f', 'backspace'],
    ['\u0003', 'ctrl-c'],
    ['\u001a', 'ctrl-z'],
    ['\u001b', 'escape'],
  ])('reads %j', (text, is) => {
    expect(all(text)).toEqual([{ is }])
  })

  it('reads a key that comes in parts, and Escape only where nothing follows', () => {
    expect(all('\u001b', '[', 'A')).toEqual([{ is: 'up' }])
    const decoder = new KeyDecoder()
    expect(decoder.decode('\u001b')).toEqual([])
    expect(decoder.isWaiting).toBe(true)
    expect(decoder.flush()).toEqual([{ is: 'escape' }])
    expect(all('\u001b\u001b[A')).toEqual([{ is: 'escape' }, { is: 'up' }])
  })

  it('reads text by the character, and leaves out what it does not know', () => {
    expect(all('a中🚀')).toEqual(['a', '中', '🚀'].map((text) => ({ is: 'text', text })))
    expect(all('\u001b[15~', '\u001b[<0;1;1M', '\u001bd', '\u0001')).toEqual([])
  })

  it('takes what is pasted for text, not for keys', () => {
    expect(all('\u001b[200~d', 'y\r\u001b[201~q')).toEqual([
      { is: 'paste', text: 'dy\r' },
      { is: 'text', text: 'q' },
    ])
    const slow = new KeyDecoder()
    expect([...slow.decode('\u001b[200~d'), ...slow.flush()]).toEqual([])
    expect(slow.decode('y\u001b[201~')).toEqual([{ is: 'paste', text: 'dy' }])
  })

  it('reads the same however what comes is cut, and never more than one key a character', () => {
    const unit = fc.constantFrom('\u001b', '[', 'O', 'A', '1', ';', '~', '中', '\r', 'x', '\u001b[A', '\u001b[5~')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), fc.nat(30), (text, at) => {
        const cut = Array.from(text).slice(0, at).join('').length
        expect(all(text.slice(0, cut), text.slice(cut))).toEqual(all(text))
        expect(all(text).length).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})

describe('a line that is typed', () => {
  it('loses its last character, as a reader counts them, by Backspace', () => {
    expect(edited('a👩‍👩‍👧', { is: 'backspace' })).toBe('a')
    expect(edited('', { is: 'backspace' })).toBe('')
  })

  it('stays one line', () => {
    expect(edited('a', { is: 'paste', text: 'b\r\nc\u001b[2J' })).toBe('abc[2J')
    expect(edited('', { is: 'paste', text: 'x'.repeat(10_000) })?.length).toBe(200)
    expect(edited('a', { is: 'up' })).toBeUndefined()
  })
})
