import type { KvRecord } from '../kv/store.ts'
import type { Row } from './sqlite.ts'
import { DamagedValue } from './sqlite-error.ts'

/** Of a row of `records`, or of `history` where it is a put. */
export function recordOf(row: Row): KvRecord {
  return {
    key: bytesOf(row, 'key'),
    value: bytesOf(row, 'value'),
    revision: String(numberOf(row, 'revision')),
    createdAt: numberOf(row, 'created_at'),
    ...(typeof row['lease'] === 'string' ? { lease: row['lease'] } : {}),
  }
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw new DamagedValue(`${column} does not hold bytes`)
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw new DamagedValue(`${column} does not hold a number`)
}
