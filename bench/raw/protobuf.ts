/** A field of a protobuf message: numbers as varints, anything else by its bytes. One that is undefined stays out. */
type Field = readonly [number: number, value: number | bigint | Uint8Array | undefined]

/** Encodes a message. Field numbers: rpc.proto and kv.proto of etcd 3. */
export function encode(...fields: readonly Field[]): Buffer {
  const parts: Uint8Array[] = []
  for (const [number, value] of fields) {
    if (value === undefined) continue
    if (value instanceof Uint8Array) parts.push(varint((number << 3) | 2), varint(value.length), value)
    else parts.push(varint(number << 3), varint(value))
  }
  return Buffer.concat(parts)
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

/** Reads the fields of a message one after another; trusts it. */
export class Fields {
  readonly #message: Buffer
  #at: number
  readonly #end: number
  #type = 0

  constructor(message: Buffer, at = 0, end = message.length) {
    this.#message = message
    this.#at = at
    this.#end = end
  }

  /** The number of the next field, 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0
    const tag = this.number()
    this.#type = tag & 7
    return tag >>> 3
  }

  /** Exact up to 2^53. */
  number(): number {
    let [value, unit] = [0, 1]
    for (;;) {
      const byte = this.#message[this.#at++] ?? 0
      value += (byte & 127) * unit
      if (byte < 128) return value
      unit *= 128
    }
  }

  /** All 64 bits. */
  long(): bigint {
    let [value, shift] = [0n, 0n]
    for (;;) {
      const byte = this.#message[this.#at++] ?? 0
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
      shift += 7n
    }
  }

  /** A view. */
  bytes(): Buffer {
    const length = this.number()
    this.#at += length
    return this.#message.subarray(this.#at - length, this.#at)
  }

  /** A message within this one. */
  message(): Fields {
    const length = this.number()
    this.#at += length
    return new Fields(this.#message, this.#at - length, this.#at)
  }

  skip(): void {
    if (this.#type === 0) this.number()
    else this.bytes()
  }
}
