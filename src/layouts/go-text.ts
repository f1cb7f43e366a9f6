import { isUtf8 } from 'node:buffer'

/**
 * Stored bytes as the string a Go program makes of them: UTF-8 with one U+FFFD for each byte that is not part of it
 * (Go's `utf8.DecodeRune`; a TextDecoder puts one for a whole broken sequence). A byte order mark is kept.
 */
export function goText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  return text.includes('\ufffd') && !isUtf8(buffer) ? repaired(buffer) : text
}

function repaired(buffer: Buffer): string {
  const parts: string[] = []
  let good = 0
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceLength(buffer[at] ?? 0)
    if (length === 1 || isUtf8(buffer.subarray(at, at + length))) {
      at += length
    } else {
      parts.push(buffer.toString('utf8', good, at), '\ufffd')
      at += 1
      good = at
    }
  }
  return parts.join('') + buffer.toString('utf8', good)
}

/** How many bytes a character takes that begins with this one. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first >= 0xf0) return 4
  return first >= 0xe0 ? 3 : 2
}
