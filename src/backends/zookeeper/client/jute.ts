/** The bytes of a server are not valid jute, ZooKeeper's encoding. */
export class JuteError extends Error {}

/** Writes ZooKeeper's encoding: big-endian numbers, and text and bytes after their length. */
export class JuteWriter {
  #buffer = Buffer.allocUnsafe(256)
  #length = 0

  int(value: number): this {
    this.#reserve(4)
    this.#length = this.#buffer.writeInt32BE(value, this.#length)
    return this
  }

  long(value: bigint): this {
    this.#reserve(8)
    this.#length = this.#buffer.writeBigInt64BE(value, this.#length)
    return this
  }

  bool(value: boolean): this {
    this.#reserve(1)
    this.#length = this.#buffer.writeUInt8(value ? 1 : 0, this.#length)
    return this
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value))
  }

  bytes(value: Uint8Array): this {
    this.int(value.length)
    this.#reserve(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
    return this
  }

  texts(values: readonly string[]): this {
    this.int(values.length)
    for (const value of values) this.text(value)
    return this
  }

  done(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/** Reads ZooKeeper's encoding. Throws `JuteError` for bytes that end too early or have an impossible length. */
export class JuteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  get left(): number {
    return this.#buffer.length - this.#at
  }

  int(): number {
    return this.#buffer.readInt32BE(this.#advance(4))
  }

  long(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8))
  }

  /** A long as a number, which is exact up to 2^53. */
  number(): number {
    const at = this.#advance(8)
    return this.#buffer.readInt32BE(at) * 2 ** 32 + this.#buffer.readUInt32BE(at + 4)
  }

  skip(length: number): void {
    this.#advance(length)
  }

  bool(): boolean {
    return this.#buffer.readUInt8(this.#advance(1)) !== 0
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  /** A view, not a copy. A length of −1 means null, which is read as empty. */
  bytes(): Buffer {
    const length = this.int()
    if (length === -1) return Buffer.alloc(0)
    const start = this.#advance(length)
    return this.#buffer.subarray(start, start + length)
  }

  /** A copy, which does not keep the frame in memory. */
  copy(): Buffer {
    return Buffer.from(this.bytes())
  }

  texts(): string[] {
    const length = this.int()
    // Each element has a length of four bytes, so a larger count cannot be true.
    if (length > this.left / 4) throw new JuteError(`a list of ${length} in ${this.left} bytes`)
    return Array.from({ length: Math.max(length, 0) }, () => this.text())
  }

  #advance(length: number): number {
    const start = this.#at
    if (length < 0 || length > this.left) throw new JuteError(`${length} bytes wanted of ${this.left}`)
    this.#at += length
    return start
  }
}
