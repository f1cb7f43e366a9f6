const SPECIAL = /[*?[]/

/** Whether a word is a pattern and not a plain name. */
export function isGlob(word: string): boolean {
  return SPECIAL.test(word)
}

/** `*` */
const ANY = 'any'
type Part = typeof ANY | ((character: string) => boolean)

/**
 * A test for `*` (any characters, also none), `?` (one) and `[ab]`, `[a-c]`, `[!ab]` (one of, one of none of these).
 * A bracket without its end stands for itself, and a word always matches its own text.
 */
export function glob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern
  const parts = (pattern.match(/\*+|\?|\[!?[^\]]+\]|[\s\S]/gu) ?? []).map(partOf)
  return (text) => text === pattern || fits(Array.from(text), parts)
}

/** Goes back to the last `*` alone, so that the work is bounded; a regular expression tries every way to share a text among all of them. */
function fits(characters: readonly string[], parts: readonly Part[]): boolean {
  let [at, next] = [0, 0]
  let last: { at: number; next: number } | undefined
  while (at < characters.length) {
    const part = parts[next]
    if (part === ANY) last = { at, next: ++next }
    else if (part?.(characters[at] ?? '')) {
      at++
      next++
    } else if (last) {
      last.at++
      ;({ at, next } = last)
    } else return false
  }
  return parts.slice(next).every((part) => part === ANY)
}

function partOf(part: string): Part {
  if (part.startsWith('*')) return ANY
  if (part === '?') return () => true
  return part.length > 1 && part.startsWith('[') ? oneOf(part.slice(1, -1)) : (character) => character === part
}

/** The inside of a bracket. A range that runs backwards holds nothing. */
function oneOf(inside: string): (character: string) => boolean {
  const negated = inside.startsWith('!') && inside.length > 1
  const members = (negated ? inside.slice(1) : inside).match(/.-.|./gsu) ?? []
  const ranges = members.map((member) => {
    const [from = '', , to = from] = member
    return [codeOf(from), codeOf(to)] as const
  })
  return (character) => {
    const code = codeOf(character)
    return ranges.some(([from, to]) => from <= code && code <= to) !== negated
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

/** Whether a service is one of those that names and patterns ask for, all where there are none; what is of no service always is. */
export function isOneOf(words: readonly string[]): (service: string | undefined) => boolean {
  const tests = words.map(glob)
  return (service) => service === undefined || tests.length === 0 || tests.some((test) => test(service))
}
