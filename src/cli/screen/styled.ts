import { upTo, width } from '../output/width.ts'

/** What sets and resets colours, as `Colours` writes it. Nothing else that commands a terminal is in a line. */
// eslint-disable-next-line no-control-regex -- a colour begins with ESC
const COLOUR = /(\u001b\[[0-9;]*m)/

/** The columns that a line with colours takes. */
export function styledWidth(line: string): number {
  if (!line.includes('\u001b')) return width(line)
  return line.split(COLOUR).reduce((sum, part, at) => (at % 2 === 1 ? sum : sum + width(part)), 0)
}

/** The line, or as much of it as fits into so many columns with `…` behind it. Colours that are set in it are reset in it, too. */
export function cutStyled(line: string, columns: number): string {
  if (styledWidth(line) <= columns) return line
  let left = columns - 1
  let isCut = columns < 1
  return line
    .split(COLOUR)
    .map((part, at) => {
      if (at % 2 === 1) return part
      if (isCut) return ''
      const shown = upTo(part, left)
      isCut = shown.length < part.length
      left -= width(shown)
      return isCut ? `${shown}…` : shown
    })
    .join('')
}
