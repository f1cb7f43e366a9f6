import type { Key } from './keys.ts'

/** Nobody types more into a line. */
const LONGEST = 200

/** A line of text after a key that edits it; undefined for a key that does not. Pasted line ends and controls are left out. */
export function edited(text: string, key: Key): string | undefined {
  switch (key.is) {
    case 'text':
    case 'paste':
      // eslint-disable-next-line no-control-regex -- these are what is left out
      return (text + key.text).replace(/[\u0000-\u001f\u007f]/g, '').slice(0, LONGEST)
    case 'backspace':
      return withoutLast(text)
    case 'ctrl-u':
      return ''
    default:
      return undefined
  }
}

/** Without the last character as a reader counts them. */
function withoutLast(text: string): string {
  const last = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].at(-1)
  return text.slice(0, last?.index ?? 0)
}
