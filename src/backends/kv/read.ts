import { decode } from '../../layouts/index.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import { prefixOf } from './prefix.ts'
import { keyOf, valueOf } from './record.ts'

/** One record, decoded as it lies under its prefix. */
export function read(kv: Kv, record: RawRecord, now: number, layout = kv.layout): Reading {
  const key = keyOf(record)
  const prefix = prefixOf(key, kv.prefixes).text
  return decode({ key, value: valueOf(record), lease: record.lease, createdAt: record.createdAt, prefix }, layout, {
    now,
    aioTtl: kv.aioTtl,
    jsonExpected: kv.jsonFolders.expects(prefix),
  })
}
