import { WIDEST, cut, upTo, width } from './width.ts'

/** Narrower than this, lines of text are not worth breaking: they are made this wide. */
const NARROWEST = 16

/** A cleaned text in lines of at most so many columns, broken between words, and within those that are longer. Bounded: of a text above `WIDEST` columns the beginning. */
export function wrapped(text: string, columns: number): string[] {
  const most = Math.max(NARROWEST, columns)
  const lines: string[] = []
  let line = ''
  for (const word of cut(text, WIDEST).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (width(longer) <= most) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (width(line) > most) {
      const part = upTo(line, most) || line
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  return [...lines, line]
}
