import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clean, cleanQuoted, isPlain } from '../../../src/cli/output/text.ts'
import { cut, width } from '../../../src/cli/output/width.ts'

const anything = fc.string({ unit: 'binary', maxLength: 40 })
// eslint-disable-next-line no-control-regex -- what must not get through
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

describe('clean', () => {
  it.each([
    ['\u001b[2Jgone', '\\x1b[2Jgone'],
    ['two\nlines\r\tand a tab', 'two\\nlines\\r\\tand a tab'],
    ['\u009b31m', '\\x9b31m'],
    ['user\u202egpj.exe', 'user\\u202egpj.exe'],
    ['zero\u200bwidth', 'zero\\u200bwidth'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half \ud83d', 'half \\ud83d'],
    ['中文 👩‍👩‍👧 naïve', '中文 👩‍👩‍👧 naïve'],
  ])('%j becomes %j', (text, shown) => {
    expect(clean(text)).toBe(shown)
  })

  it('lets nothing through that moves or hides', () => {
    fc.assert(fc.property(anything, (text) => !HARMFUL.test(clean(text)) && clean(text).isWellFormed()))
  })

  it('keeps what JSON means', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const quoted = cleanQuoted(JSON.stringify(text))
        return !HARMFUL.test(quoted) && JSON.parse(quoted) === text
      }),
    )
  })
})

describe('width', () => {
  it.each([
    ['abc', 3],
    ['中文', 4],
    ['ｆｕｌｌ', 8],
    ['한국어', 6],
    ['ひらカナ', 8],
    ['🚀', 2],
    ['🪄', 2],
    ['👩‍👩‍👧', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['❤', 1],
    ['1️⃣', 2],
    ['e\u0301', 1],
    ['naïve', 5],
    ['→ × …', 5],
    ['𠀀', 2],
    ['', 0],
  ])('%s takes %i columns', (text, columns) => {
    expect(width(text)).toBe(columns)
  })

  it('takes no character for plain that the long way sees otherwise', () => {
    const units = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(isPlain)
    expect(units.length).toBeGreaterThan(600)
    for (const unit of units) expect(width(`${unit}中${unit}`), unit).toBe(4)
  })

  it('cuts whole graphemes', () => {
    expect(cut('中文字', 4)).toBe('中…')
    expect(cut('ab👩‍👩‍👧cd', 4)).toBe('ab…')
    expect(cut('ab👩‍👩‍👧cd', 5)).toBe('ab👩‍👩‍👧…')
    expect(cut('exact', 5)).toBe('exact')
    expect(cut('long', 1)).toBe('…')
    expect(cut('long', 0)).toBe('')
  })

  it('is the same for a text of any length, whatever is at the edge of what is looked at together', () => {
    const unit = fc.constantFrom('a', '中', '🚀', '👩‍👩‍👧', 'e\u0301', '🇩🇪', '👍🏽', '❤️', 'क्षि', '\u0301', '\ud83d')
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    fc.assert(
      fc.property(fc.nat(300), fc.string({ unit, maxLength: 200 }), (before, text) => {
        const whole = 'a'.repeat(before) + text
        const each = [...segmenter.segment(whole)].map((part) => width(part.segment))
        expect(width(whole)).toBe(each.reduce((sum, columns) => sum + columns, 0))
      }),
    )
  })

  it('never leaves more than there is room for', () => {
    const unit = fc.constantFrom('a', '中', '🚀', '👩‍👩‍👧', 'e\u0301', ' ')
    fc.assert(fc.property(fc.string({ unit }), fc.nat(20), (text, columns) => width(cut(text, columns)) <= columns))
  })
})
