import { type Colours, type Tone, colourless } from './colours.ts'
import type { Column, StatusMark } from './columns.ts'
import { beginning, clean } from './text.ts'

/** A cell's text, cleaned, and how the parts of it from its beginning are shown. */
export interface Cell {
  readonly text: string
  readonly parts?: readonly { readonly tone: Tone; readonly length: number }[]
  readonly align?: 'right' | undefined
}

/** The names of the columns. */
export function headerOf<Item>(columns: readonly Column<Item>[]): Cell[] {
  return columns.map(({ name, align }) => ({ text: name, parts: [{ tone: 'strong', length: name.length }], align }))
}

const SQUARE = '■'

/** What the columns show of an item. */
export function cellsOf<Item>(
  columns: readonly Column<Item>[],
  item: Item,
  { now, colours }: { readonly now: number; readonly colours: Colours },
): Cell[] {
  return columns.map(({ text, tone, marks, align }, at) => {
    const signs = marks?.(item)
    const cleaned = clean(signs ? signsText(signs, colours) + text(item, now) : text(item, now)) || '-'
    const shown = at === 0 ? beginning(cleaned) : cleaned
    const whole = tone?.(item)
    const parts = signs ? signs.map((sign) => ({ tone: sign.tone, length: sign.times })) : []
    return { text: shown, parts: whole ? [{ tone: whole, length: shown.length }] : parts, align }
  })
}

function signsText(signs: readonly StatusMark[], colours: Colours): string {
  return signs.map(({ letter, times }) => (colours === colourless ? letter : SQUARE).repeat(times)).join('')
}

/** As much of a cell as fits, with its colours. */
export function painted(fitting: string, { parts = [] }: Cell, colours: Colours): string {
  let [from, text] = [0, '']
  for (const { tone, length } of parts) {
    const part = fitting.slice(from, from + length)
    if (part !== '') text += colours(tone, part)
    from += length
  }
  return text + fitting.slice(from)
}
