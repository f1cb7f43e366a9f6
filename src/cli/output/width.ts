import { isPlain } from './text.ts'

/** No column is made wider: a cell that takes more moves the rest of its row to the right, and is not measured to its end. */
export const WIDEST = 1_000
/** Code units looked at together. Intl.Segmenter over a whole text takes time in the square of its length. */
const WINDOW = 256

let segmenter: Intl.Segmenter | undefined

/** The columns that a text takes on a terminal; of one that takes more than `WIDEST`, more than that. */
export function width(text: string): number {
  if (isPlain(text)) return text.length
  let columns = 0
  for (const segment of graphemes(text)) {
    columns += graphemeWidth(segment)
    if (columns > WIDEST) break
  }
  return columns
}

/** The text, or as many whole graphemes of it as fit into so many columns with `…` behind them. */
export function cut(text: string, columns: number): string {
  if (isPlain(text))
    return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}${columns < 1 ? '' : '…'}`
  const [whole, shorter] = [upTo(text, columns), upTo(text, columns - 1)]
  if (whole.length === text.length) return text
  return columns < 1 ? '' : `${shorter}…`
}

/** As many whole graphemes as fit into so many columns. */
export function upTo(text: string, columns: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(0, columns))
  let end = 0
  let left = columns
  for (const segment of graphemes(text)) {
    left -= graphemeWidth(segment)
    if (left < 0) break
    end += segment.length
  }
  return text.slice(0, end)
}

/** Window by window: all but the last grapheme of one are whole, and the next begins with that. None is longer than a window. */
function* graphemes(text: string): Generator<string, void, undefined> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (let from = 0; from < text.length; ) {
    const end = windowEnd(text, from)
    const segments = [...segmenter.segment(text.slice(from, end))].map(({ segment }) => segment)
    const whole = end === text.length || segments.length === 1 ? segments : segments.slice(0, -1)
    for (const segment of whole) {
      yield segment
      from += segment.length
    }
  }
}

/** Never between the two halves of one character. */
function windowEnd(text: string, from: number): number {
  const end = from + WINDOW
  if (end >= text.length) return text.length
  return (text.codePointAt(end - 1) ?? 0) > 0xffff ? end + 1 : end
}

/** Unicode's East Asian Wide and Fullwidth blocks (EastAsianWidth.txt), without emoji. */
const WIDE =
  '^[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19' +
  '\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18dff}\\u{1aff0}-\\u{1b2ff}\\u{1f200}-\\u{1f265}' +
  '\\u{20000}-\\u{3fffd}]'

/** Made when a text is not plain: Unicode's tables take V8 time. */
let patterns: { readonly emoji: RegExp; readonly wide: RegExp; readonly invisible: RegExp } | undefined

function graphemeWidth(grapheme: string): number {
  patterns ??= {
    emoji: /^\p{Emoji_Presentation}|^\p{Regional_Indicator}|^.\ufe0f/u,
    wide: new RegExp(WIDE, 'u'),
    invisible: /^[\p{Mn}\p{Me}\u200c\u200d]+$/u,
  }
  if (patterns.emoji.test(grapheme) || patterns.wide.test(grapheme)) return 2
  return patterns.invisible.test(grapheme) ? 0 : 1
}
