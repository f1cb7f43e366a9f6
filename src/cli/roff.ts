/** Parts of a manual page in the man(7) macros; each ends its line. Plain text goes in. */

export function title(name: string, source: string): string {
  return `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(source)}\n`
}

export function heading(words: string): string {
  return `.SH ${quoted(words.toUpperCase())}\n`
}

export function subheading(words: string): string {
  return `.SS ${quoted(words)}\n`
}

/** Goes on where the text before it ends. */
export function text(words: string): string {
  return `${escaped(words)}\n`
}

export function paragraph(words: string): string {
  return `.PP\n${escaped(words)}\n`
}

/** A term, and what it means below it. */
export function definition(term: string, meaning: string): string {
  return `.TP\n.B ${quoted(term)}\n${escaped(meaning)}\n`
}

/** As they are, one below the other. */
export function lines(some: readonly string[]): string {
  return `.PP\n.nf\n.RS 4\n${some.map((line) => `${escaped(line)}\n`).join('')}.RE\n.fi\n`
}

/** One argument of a macro. */
function quoted(words: string): string {
  return `"${escaped(words).replaceAll('"', '\\(dq')}"`
}

/** Characters that roff takes for something else: a hyphen that is to be copied is one, `…` is written by its number. */
const NAMED: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  '^': '\\(ha',
  '~': '\\(ti',
  '`': '\\(ga',
}

/** On one line; one that begins like a request is none. */
function escaped(words: string): string {
  const named = words.replaceAll(/\s+/g, ' ').replaceAll(/[\\^~`-]|[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return NAMED[character] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`
  })
  return named.replace(/^([.'])/, '\\&$1')
}
