const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const HEXADECIMAL = Buffer.from('0123456789abcdef')
const DIGITS = Buffer.alloc(16)

/** The revision in the header of a response. */
export function headerRevision(from: MessageFields): number {
  const end = from.length()
  let revision = 0
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 3) revision = from.number()
    else from.skip()
  }
  return revision
}

/** Reads protobuf's wire format: a tag before each field, little-endian groups of seven bits. */
export class MessageFields {
  /** Where the next byte is read. */
  at: number
  private readonly message: Buffer
  private type = VARINT

  constructor(message: Buffer, at = 0) {
    this.message = message
    this.at = at
  }

  /** The number of the next field before `end`, or 0. */
  next(end: number): number {
    if (this.at >= end) return 0
    const tag = this.number()
    this.type = tag & 7
    return tag >>> 3
  }

  /** Exact up to 2^53, which revisions stay below. */
  number(): number {
    let [value, unit] = [0, 1]
    for (;;) {
      const byte = this.message[this.at++] ?? 0
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
      unit *= 0x80
    }
  }

  /** All 64 bits of a lease, as sixteen digits. */
  hexadecimal(): string {
    this.hexadecimalInto(DIGITS, 0)
    return DIGITS.toString('latin1')
  }

  /** The same, written from a place on. */
  hexadecimalInto(digits: Uint8Array, to: number): void {
    let low = 0
    let middle = 0
    let high = 0
    for (let place = 0; place < 10; place++) {
      const byte = this.message[this.at++] ?? 0
      const bits = (byte & 0x7f) << (7 * (place & 3))
      if (place < 4) low |= bits
      else if (place < 8) middle |= bits
      else high |= bits
      if (byte < 0x80) break
    }
    putDigits(digits, to, 2, high)
    putDigits(digits, to + 2, 7, middle)
    putDigits(digits, to + 9, 7, low)
  }

  /** Reads the length of a nested message and returns where it ends. */
  length(): number {
    const length = this.number()
    return this.at + length
  }

  /** A view, no copy. */
  bytes(): Buffer {
    const end = this.length()
    const bytes = this.message.subarray(this.at, end)
    this.at = end
    return bytes
  }

  skip(): void {
    if (this.type === VARINT) this.number()
    else if (this.type === BYTES) this.at = this.length()
    else this.at += this.type === FIXED64 ? 8 : 4
  }
}

function putDigits(digits: Uint8Array, from: number, count: number, bits: number): void {
  let rest = bits
  for (let place = from + count - 1; place >= from; place--) {
    digits[place] = HEXADECIMAL[rest & 15] ?? 0
    rest >>>= 4
  }
}
