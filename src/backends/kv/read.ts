import { decode } from '../../layouts/index.ts'
import type { Stored } from '../../layouts/layout.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import { prefixOf } from './prefix.ts'
import { isKeyItself, keyOf, valueOf } from './record.ts'
import { structureOf } from './structure.ts'

/** One record, decoded as it lies under its prefix. */
export function read(kv: Kv, record: RawRecord, now: number, layout = kv.layout): Reading {
  const { text: prefix } =
    kv.prefixes.find(({ shown }) => record.id.startsWith(shown)) ?? prefixOf(keyOf(record), kv.prefixes)
  const stored = new StoredRecord(record, prefix)
  const structure = structureOf(record, { key: () => stored.key, prefix, layout })
  if (structure) return structure
  const { folder, children } = record
  const reading = decode(stored, layout, { now, aioTtl: kv.aioTtl, folder, folders: children !== undefined })
  return kv.store.sessions ? withOwner(reading, record) : reading
}

/** Most keys are text, and then nobody asks for their bytes. */
class StoredRecord implements Stored {
  readonly value: Uint8Array
  readonly keyText: string | undefined
  readonly prefix: string
  private readonly record: RawRecord

  constructor(record: RawRecord, prefix: string) {
    this.value = valueOf(record)
    this.keyText = isKeyItself(record.id) ? record.id : undefined
    this.prefix = prefix
    this.record = record
  }

  get key(): Uint8Array {
    return keyOf(this.record)
  }

  get lease(): string | undefined {
    return this.record.lease
  }

  get createdAt(): number | undefined {
    return this.record.createdAt
  }
}

/** A lease that is a session belongs to one process. */
function withOwner(reading: Reading, { lease, heldFrom }: RawRecord): Reading {
  if (reading.is !== 'instance' || lease === undefined) return reading
  const owner = `session 0x${lease}${heldFrom === undefined ? '' : ` from ${heldFrom}`}`
  return { ...reading, observed: { ...reading.observed, owner } }
}
