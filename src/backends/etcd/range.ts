import type { KeyRange } from '../kv/store.ts'

/** etcd has no empty key; this one is before all others, and as an end it stands for "to the last". */
const ZERO = Buffer.of(0)

/** A range in the words of etcd's API. */
export function rangeRequest({ start, end }: KeyRange): { key: Buffer; range_end: Buffer } {
  return { key: start.length === 0 ? ZERO : buffer(start), range_end: end.length === 0 ? ZERO : buffer(end) }
}

/** The first key after this one. */
export function after(key: Uint8Array): Buffer {
  return Buffer.concat([key, ZERO])
}

/** The same bytes; what etcd3 takes must be a Buffer. */
export function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
