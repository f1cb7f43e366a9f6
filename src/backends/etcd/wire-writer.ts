/** Writes protobuf's wire format: a tag before each field, little-endian groups of seven bits. Numbers that are zero are left out. */
export class MessageWriter {
  #bytes: Buffer
  #at = 0

  /** `expected`: how many bytes it will probably be. */
  constructor(expected = 256) {
    this.#bytes = Buffer.allocUnsafe(expected)
  }

  /** What was written. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Writes empty bytes too, which are not the same as none where one of several fields can be there. */
  bytes(field: number, value: Uint8Array | undefined): this {
    if (value === undefined) return this
    this.#varint((field << 3) | 2)
    this.#varint(value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
    return this
  }

  /** An infinite number is left out too. */
  number(field: number, value: string | number | undefined): this {
    if (value === undefined || value === Infinity) return this
    const number = Number(value)
    const isSmall = number >= 0 && number < 2 ** 31
    if (isSmall && number === 0) return this
    this.#varint(field << 3)
    if (isSmall) this.#varint(number)
    else this.#long(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  /** All 64 bits of a lease in up to sixteen digits. */
  hexadecimal(field: number, digits: string): this {
    let high = digits.length > 8 ? Number.parseInt(digits.slice(0, -8), 16) : 0
    let low = Number.parseInt(digits.slice(-8), 16)
    if (high === 0 && low === 0) return this
    this.#varint(field << 3)
    this.#reserve(10)
    for (; high > 0 || low > 0x7f; high >>>= 7) {
      this.#bytes[this.#at++] = (low & 0x7f) | 0x80
      low = ((low >>> 7) | ((high & 0x7f) << 25)) >>> 0
    }
    this.#bytes[this.#at++] = low
    return this
  }

  flag(field: number, value: boolean | undefined): this {
    return value ? this.number(field, 1) : this
  }

  /** A message in this one, also an empty one. */
  message(field: number, write: () => void): this {
    this.#varint((field << 3) | 2)
    this.#varint(0) // one byte for the length, which most messages fit
    const start = this.#at
    write()
    const length = this.#at - start
    let more = 0
    for (let rest = length; rest > 0x7f; rest >>>= 7) more++
    this.#reserve(more)
    if (more > 0) this.#bytes.copyWithin(start + more, start, this.#at)
    this.#at = start - 1
    this.#varint(length)
    this.#at += length
    return this
  }

  /** Below 2^31. */
  #varint(value: number): void {
    this.#reserve(5)
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
    this.#bytes[this.#at++] = rest
  }

  #long(value: bigint): void {
    this.#reserve(10)
    let rest = value
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.#at++] = Number(rest)
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#at + more))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
