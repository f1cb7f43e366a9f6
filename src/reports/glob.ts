const SPECIAL = /[*?[]/
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g

/** Whether a word is a pattern and not a plain name. */
export function isGlob(word: string): boolean {
  return SPECIAL.test(word)
}

/**
 * A test for `*` (any characters, also none), `?` (one) and `[ab]`, `[a-c]`, `[!ab]` (one of, one of none of these).
 * A bracket without its end stands for itself, and a word always matches its own text.
 */
export function glob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern
  const parts = pattern.match(/\*+|\?|\[!?[^\]]+\]|[\s\S]/gu) ?? []
  const expression = new RegExp(`^${parts.map(partOf).join('')}$`, 'su')
  return (text) => text === pattern || expression.test(text)
}

function partOf(part: string): string {
  if (part.startsWith('*')) return '.*'
  if (part === '?') return '.'
  if (part.length > 1 && part.startsWith('[')) return classOf(part.slice(1, -1))
  return part.replace(SYNTAX, '\\$&')
}

/** The inside of a bracket. Ranges that run backwards match nothing instead of being an error. */
function classOf(inside: string): string {
  const negated = inside.startsWith('!') && inside.length > 1
  const members = (negated ? inside.slice(1) : inside).match(/.-.|./gsu) ?? []
  const safe = members.filter((member) => !isBackwards(member)).map((member) => rangeOf(member))
  if (safe.length === 0) return negated ? '.' : '(?!)'
  return `[${negated ? '^' : ''}${safe.join('')}]`
}

function isBackwards(member: string): boolean {
  const [from, dash, to] = member
  return dash === '-' && to !== undefined && (from?.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)
}

function rangeOf(member: string): string {
  const [from = '', , to] = member
  return to === undefined ? escaped(from) : `${escaped(from)}-${escaped(to)}`
}

function escaped(character: string): string {
  return character.replace(/[\\\]^[-]/, '\\$&')
}
