import type { KvRecord, StoreTable } from '../kv/store.ts'
import { MessageFields } from './wire-fields.ts'

/** Hexadecimal digits of a lease. */
const DIGITS = 16
const FEW = 16

/**
 * The records of a Range response, as they lie in the message. Read once, then by index: as a list of numbers they take no
 * more memory the longer the list is.
 */
export class WireTable implements StoreTable {
  bytes: Buffer = Buffer.alloc(0)
  length = 0
  keyStart = new Int32Array(0)
  keyEnd = new Int32Array(0)
  valueStart = new Int32Array(0)
  valueEnd = new Int32Array(0)
  leases = new Uint8Array(0)
  isLeased = new Uint8Array(0)
  private revisionAt = new Int32Array(0)

  /** Begins with a message: its records are to be added in their order. What the table held is gone. */
  begin(message: Buffer): void {
    this.bytes = message
    this.length = 0
  }

  /** Takes the next field, a KeyValue, from the message. */
  add(from: MessageFields): void {
    const at = this.length++
    if (at === this.keyStart.length) this.grow()
    this.keyStart[at] = this.keyEnd[at] = this.valueStart[at] = this.valueEnd[at] = 0
    this.isLeased[at] = this.revisionAt[at] = 0
    const end = from.length()
    for (let field = from.next(end); field !== 0; field = from.next(end)) {
      if (field === 1) {
        this.keyEnd[at] = from.length()
        this.keyStart[at] = from.at
        from.at = this.keyEnd[at]
      } else if (field === 3) {
        this.revisionAt[at] = from.at
        from.skip()
      } else if (field === 5) {
        this.valueEnd[at] = from.length()
        this.valueStart[at] = from.at
        from.at = this.valueEnd[at]
      } else if (field === 6) {
        this.isLeased[at] = 1
        from.hexadecimalInto(this.leases, at * DIGITS)
      } else from.skip()
    }
  }

  /** A record whose bytes are a part of the message. */
  view(at: number): KvRecord {
    return this.recordOf(at, this.key(at), this.bytes.subarray(this.valueStart[at], this.valueEnd[at]))
  }

  record(at: number): KvRecord {
    const value = this.bytes.subarray(this.valueStart[at], this.valueEnd[at])
    return this.recordOf(at, Buffer.from(this.key(at)), Buffer.from(value))
  }

  private key(at: number): Buffer {
    return this.bytes.subarray(this.keyStart[at], this.keyEnd[at])
  }

  private recordOf(at: number, key: Buffer, value: Buffer): KvRecord {
    const place = this.revisionAt[at] ?? 0
    const revision = place === 0 ? '0' : String(new MessageFields(this.bytes, place).number())
    if (this.isLeased[at] === 0) return { key, value, revision, lease: undefined }
    const lease = Buffer.from(this.leases.buffer, at * DIGITS, DIGITS).toString('latin1')
    return { key, value, revision, lease }
  }

  private grow(): void {
    const room = Math.max(FEW, 2 * this.keyStart.length)
    this.keyStart = larger(this.keyStart, new Int32Array(room))
    this.keyEnd = larger(this.keyEnd, new Int32Array(room))
    this.valueStart = larger(this.valueStart, new Int32Array(room))
    this.valueEnd = larger(this.valueEnd, new Int32Array(room))
    this.revisionAt = larger(this.revisionAt, new Int32Array(room))
    this.isLeased = larger(this.isLeased, new Uint8Array(room))
    this.leases = larger(this.leases, new Uint8Array(room * DIGITS))
  }
}

function larger<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
