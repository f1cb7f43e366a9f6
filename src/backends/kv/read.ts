import { decode } from '../../layouts/index.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import { prefixOf } from './prefix.ts'
import { keyOf, valueOf } from './record.ts'
import { structureOf } from './structure.ts'

/** One record, decoded as it lies under its prefix. */
export function read(kv: Kv, record: RawRecord, now: number, layout = kv.layout): Reading {
  const key = keyOf(record)
  const prefix = prefixOf(key, kv.prefixes).text
  const structure = structureOf(record, { key, prefix, layout })
  if (structure) return structure
  const reading = decode(
    { key, value: valueOf(record), lease: record.lease, createdAt: record.createdAt, prefix },
    layout,
    {
      now,
      aioTtl: kv.aioTtl,
      jsonExpected: kv.jsonFolders.expects(prefix),
    },
  )
  return kv.store.sessions ? withOwner(reading, record) : reading
}

/** A lease that is a session belongs to one process. */
function withOwner(reading: Reading, { lease }: RawRecord): Reading {
  if (reading.is !== 'instance' || lease === undefined) return reading
  return { ...reading, observed: { ...reading.observed, owner: `session 0x${lease}` } }
}
