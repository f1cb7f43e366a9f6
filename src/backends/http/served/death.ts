import * as kv from '../../kv/liveness.ts'
import type { InstanceEntry, Reading } from '../../../model/reading.ts'
import type { RawRecord } from '../../../model/record.ts'
import type { Aftermath } from '../../contract/backend.ts'
import { isServed } from './record.ts'

/** In a key-value store the record says it itself; elsewhere the server told, of each of its records. Times in milliseconds. */
export function dead(entry: InstanceEntry, times: { now: number; aioTtl: number }): string | undefined {
  const told = entry.records.map((record) => (isServed(record) ? record.dead : undefined))
  return told.every((reason) => reason !== undefined) ? told[0] : kv.dead(entry, times)
}

export function aftermath(record: RawRecord, reading: Reading): Aftermath {
  return isServed(record) && record.aftermath ? record.aftermath : kv.aftermath(record, reading)
}
