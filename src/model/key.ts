const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/
// eslint-disable-next-line no-control-regex -- these are the characters that must not reach a terminal
const UNPRINTABLE = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A stored key as printable text that names exactly those bytes: `\\` for a backslash, `\xNN` for each byte
 * that is not part of printable UTF-8. `unescapeKey` gives the bytes back.
 */
export function escapeKey(key: Uint8Array): string {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  const ascii = bytes.toString('latin1')
  if (PLAIN.test(ascii)) return ascii
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0)
    const character = decodeOne(bytes.subarray(at, at + length))
    if (character !== undefined && !UNPRINTABLE.test(character)) {
      text += character
      at += length
    } else {
      text += bytes[at] === 0x5c ? '\\\\' : `\\x${bytes.toString('hex', at, at + 1)}`
      at += 1
    }
  }
  return text
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

function decodeOne(bytes: Uint8Array): string | undefined {
  try {
    const text = strict.decode(bytes)
    return text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length ? text : undefined
  } catch {
    return undefined
  }
}
