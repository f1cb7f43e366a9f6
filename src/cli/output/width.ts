let segmenter: Intl.Segmenter | undefined

const PLAIN = /^[\x20-\x7e]*$/
const EMOJI = /^\p{Emoji_Presentation}|^\p{Regional_Indicator}|^.\ufe0f/u
/** Unicode's East Asian Wide and Fullwidth blocks (EastAsianWidth.txt), without the emoji that `EMOJI` finds. */
const WIDE = new RegExp(
  '^[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19' +
    '\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18dff}\\u{1aff0}-\\u{1b2ff}\\u{1f200}-\\u{1f265}' +
    '\\u{20000}-\\u{3fffd}]',
  'u',
)
const INVISIBLE = /^[\p{Mn}\p{Me}\u200c\u200d]+$/u

/** The columns that a text takes on a terminal. */
export function width(text: string): number {
  if (PLAIN.test(text)) return text.length
  let columns = 0
  for (const segment of graphemes(text)) columns += graphemeWidth(segment)
  return columns
}

/** The text, or as many whole graphemes of it as fit into so many columns with `…` behind them. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let left = columns - 1
  for (const segment of graphemes(text)) {
    left -= graphemeWidth(segment)
    if (left < 0) break
    kept += segment
  }
  return `${kept}…`
}

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  for (const { segment } of segmenter.segment(text)) yield segment
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme) || WIDE.test(grapheme)) return 2
  return INVISIBLE.test(grapheme) ? 0 : 1
}
