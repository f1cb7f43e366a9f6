import { isUtf8 } from 'node:buffer'

const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/

/**
 * A stored key as printable text that names exactly those bytes: `\\` for a backslash, `\xNN` for each byte
 * that is not part of printable UTF-8. `unescapeKey` gives the bytes back.
 */
export function escapeKey(key: Uint8Array): string {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  const ascii = bytes.toString('latin1')
  if (PLAIN.test(ascii)) return ascii
  if (isUtf8(bytes)) return escapeText(bytes.toString())
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const character = bytes.subarray(at, at + sequenceLength(bytes[at] ?? 0))
    const isCharacter = isUtf8(character)
    text += isCharacter ? escapeText(character.toString()) : escapeByte(bytes[at] ?? 0)
    at += isCharacter ? character.length : 1
  }
  return text
}

/** The same for a key that is text. */
export function escapeTextKey(key: string): string {
  return PLAIN.test(key) ? key : escapeKey(Buffer.from(key))
}

function escapeText(text: string): string {
  // Here and not above: Unicode's tables take V8 time that a list without such a key need not spend.
  // eslint-disable-next-line no-control-regex -- these are the characters that must not reach a terminal
  const unprintable = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu
  return text.replace(unprintable, (character) =>
    character === '\\' ? '\\\\' : [...Buffer.from(character)].map(escapeByte).join(''),
  )
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** The bytes that an escaped key names. A backslash that begins no escape stands for itself. */
export function unescapeKey(text: string): Uint8Array {
  if (!text.includes('\\')) return Buffer.from(text)
  const parts: Buffer[] = []
  const escape = /\\\\|\\x([0-9a-f]{2})/gi
  let from = 0
  for (const match of text.matchAll(escape)) {
    parts.push(Buffer.from(text.slice(from, match.index)), match[1] ? Buffer.from(match[1], 'hex') : Buffer.from('\\'))
    from = match.index + match[0].length
  }
  parts.push(Buffer.from(text.slice(from)))
  return Buffer.concat(parts)
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first >= 0xf0) return 4
  return first >= 0xe0 ? 3 : 2
}
