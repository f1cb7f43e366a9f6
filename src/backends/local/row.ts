import type { KvRecord } from '../kv/store.ts'
import type { Row } from './sqlite.ts'

/** Of a row of `records`, or of `history` where it is a put. */
export function recordOf(row: Row): KvRecord {
  return {
    key: bytesOf(row, 'key'),
    value: bytesOf(row, 'value'),
    revision: String(row['revision']),
    createdAt: Number(row['created_at']),
    ...(typeof row['lease'] === 'string' ? { lease: row['lease'] } : {}),
  }
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw new TypeError(`${column} holds no bytes`)
}
