// Controls, invisible formatting (bidi among them; the joiners of emoji and scripts stay), line separators, lone surrogates.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
/** Nearly every text there is, told apart much faster: ASCII, Latin letters, and the signs of our own lines (– — ’ … →). */
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2013\u2014\u2019\u2026\u2192]*$/
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text from a registry as it may be shown on a terminal: whatever would move, hide or reorder it stands escaped. */
export function clean(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(UNSAFE, (character) => SHORT[character] ?? escapeOf(character.codePointAt(0) ?? 0))
}

/** The same inside JSON and YAML, whose quoted strings know `\uXXXX`: a reader gets the text back unchanged. */
export function cleanQuoted(quoted: string): string {
  if (PLAIN.test(quoted)) return quoted
  return quoted.replace(UNSAFE, (character) => (character === '\n' ? '\n' : utf16Escapes(character)))
}

/** Whether a text holds anything that `clean` would change. */
export function isUnsafe(text: string): boolean {
  return !PLAIN.test(text) && text.search(UNSAFE) >= 0
}

function escapeOf(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

function utf16Escapes(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
