import type { KvRecord, StoreTable } from '../kv/store.ts'
import type { SqliteConnection } from './sqlite.ts'

/** Bytes of key and value up to which a record is one of a table, so that a table never becomes huge. */
const MOST_BYTES = 16_384
const DIGITS = 16
const [COMMA, SEMICOLON, ZERO, NINE, A, F] = [0x2c, 0x3b, 0x30, 0x39, 0x61, 0x66]

const ROW = `length(key) || ',' || length(value) || ',' || revision || ',' || created_at || ',' || ifnull(lease, '') || ';' || key || value`
const IS_USUAL = `typeof(value) = 'blob' AND length(key) + length(value) <= ${MOST_BYTES}
  AND (lease IS NULL OR typeof(lease) = 'text' AND length(lease) = ${DIGITS})`

/**
 * The query for all rows of another one, with the columns of `records`, as one blob: to make an object of each row takes
 * longer than all else that a list does. Where the blob of a row would be unusual there is a mark instead.
 */
export function asTable(rows: string): string {
  return `SELECT CAST(group_concat(CASE WHEN ${IS_USUAL} THEN ${ROW} ELSE '!' END, '') AS BLOB) FROM (${rows})`
}

/** Whether such a blob has the bytes as they are stored: as text, SQLite would convert them to another encoding. */
export function hasTables(connection: SqliteConnection): boolean {
  return connection.value('SELECT encoding FROM pragma_encoding') === 'UTF-8'
}

/** Rows of an embedded registry in one blob, up to the first that is unusual. */
export class LocalTable implements StoreTable {
  readonly bytes: Buffer
  length = 0
  /** Whether it holds all rows of the blob. */
  readonly isWhole: boolean
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  readonly valueStart: Int32Array
  readonly valueEnd: Int32Array
  readonly leases: Uint8Array
  readonly isLeased: Uint8Array
  readonly createdAt: Float64Array
  private readonly revisions: Float64Array
  private at = 0

  /** `size`: the number of rows in it, at most. */
  constructor(blob: Uint8Array, size: number) {
    this.bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
    this.keyStart = new Int32Array(size)
    this.keyEnd = new Int32Array(size)
    this.valueStart = new Int32Array(size)
    this.valueEnd = new Int32Array(size)
    this.leases = new Uint8Array(size * DIGITS)
    this.isLeased = new Uint8Array(size)
    this.createdAt = new Float64Array(size)
    this.revisions = new Float64Array(size)
    while (this.length < size && this.at < blob.length && this.takesRow()) this.length++
    this.isWhole = this.at === blob.length
  }

  record(at: number): KvRecord {
    const lease = Buffer.from(this.leases.buffer, at * DIGITS, DIGITS).toString('latin1')
    return {
      key: new Uint8Array(this.bytes.subarray(this.keyStart[at], this.keyEnd[at])),
      value: new Uint8Array(this.bytes.subarray(this.valueStart[at], this.valueEnd[at])),
      revision: String(this.revisions[at]),
      createdAt: this.createdAt[at] ?? 0,
      ...(this.isLeased[at] === 1 && { lease }),
    }
  }

  /** Moves behind the next row, if it is as it is expected to be. */
  private takesRow(): boolean {
    const { length } = this
    const begun = this.at
    const key = this.number()
    const value = this.number()
    this.revisions[length] = this.number()
    this.createdAt[length] = this.number()
    this.isLeased[length] = this.bytes[this.at] === SEMICOLON ? 0 : 1
    const isRow = (this.isLeased[length] === 0 || this.takesLease()) && this.bytes[this.at] === SEMICOLON
    const start = this.at + 1
    const end = start + key + value
    // A number that was none makes the end one that is none.
    if (
      !isRow ||
      !(end <= this.bytes.length) ||
      Number.isNaN((this.revisions[length] ?? 0) + (this.createdAt[length] ?? 0))
    ) {
      this.at = begun
      return false
    }
    this.keyStart[length] = start
    this.keyEnd[length] = this.valueStart[length] = start + key
    this.valueEnd[length] = this.at = end
    return true
  }

  /** A number from 0 on, and the comma behind it. NaN where there is something else. */
  private number(): number {
    let number = Number.NaN
    for (; ; this.at++) {
      const byte = this.bytes[this.at] ?? 0
      if (byte < ZERO || byte > NINE) break
      number = (Number.isNaN(number) ? 0 : number * 10) + byte - ZERO
    }
    return this.bytes[this.at++] === COMMA ? number : Number.NaN
  }

  private takesLease(): boolean {
    const to = this.length * DIGITS
    for (let place = 0; place < DIGITS; place++) {
      const byte = this.bytes[this.at + place] ?? 0
      if (!((byte >= ZERO && byte <= NINE) || (byte >= A && byte <= F))) return false
      this.leases[to + place] = byte
    }
    this.at += DIGITS
    return true
  }
}
