/** Nearly every text there is, told apart much faster: ASCII, Latin letters, and the signs of our own lines (– — ’ … → ■). */
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2013\u2014\u2019\u2026\u2192\u25a0]*$/
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** What runners of Azure Pipelines, TeamCity and (formerly) GitHub take for a command, wherever in a line: `##[…]`, `##vso[…]`. */
const RUNNER_COMMAND = /##(?=\w*\[)/g
/** What GitHub's runner takes for one at the beginning of a line, spaces before it left out. */
const LINE_COMMAND = /^(\s*):(?=:)/

/** Whether each code unit is a character by itself, which takes one column and needs no escape. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text)
}

/**
 * Text from a registry, made safe for a terminal and for the log of a CI job: characters that would move, hide or reorder
 * text, or command a runner, are escaped. Text that may begin a line goes through `beginning` as well.
 */
export function clean(text: string): string {
  const harmless = text.includes('##') ? text.replace(RUNNER_COMMAND, '#\\x23') : text
  if (PLAIN.test(harmless)) return harmless
  return harmless.replace(unsafe(), (character) => SHORT[character] ?? escapeOf(character.codePointAt(0) ?? 0))
}

/** Text that begins a line, so that it cannot command a runner. It has to be cleaned before. */
export function beginning(text: string): string {
  return text.replace(LINE_COMMAND, '$1\\x3a')
}

/** JSON or YAML made safe like `clean`, but with `\uXXXX` in its quoted strings: a parser gets the text back unchanged. */
export function cleanQuoted(quoted: string): string {
  const harmless = quoted.includes('##') ? quoted.replace(RUNNER_COMMAND, '#\\u0023') : quoted
  if (PLAIN.test(harmless)) return harmless
  return harmless.replace(unsafe(), (character) => (character === '\n' ? '\n' : utf16Escapes(character)))
}

/** Whether a text holds anything that `clean` or `beginning` would change. */
export function isUnsafe(text: string): boolean {
  if (text.search(RUNNER_COMMAND) >= 0 || LINE_COMMAND.test(text)) return true
  return !PLAIN.test(text) && text.search(unsafe()) >= 0
}

/**
 * Controls, invisible formatting (bidi among them; the joiners of emoji and scripts stay), line separators, lone surrogates.
 * Asked for when a text is not plain: Unicode's tables take V8 time.
 */
function unsafe(): RegExp {
  return /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
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
