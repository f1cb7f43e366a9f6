import type { LayoutName } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { readEndpoint } from './endpoint.ts'
import type { Subject } from './rule.ts'

/** A record and what its backend read in it: what `check-keys` is fed with. */
export interface CheckedRecord {
  readonly record: RawRecord
  readonly reading: Reading
}

/** `expected`: the layout that was asked for, undefined for `auto`. */
export function subjectOf(
  { record, reading }: CheckedRecord,
  { now, expected }: { now: number; expected?: LayoutName | undefined },
): Subject {
  const layout = layoutOf({ record, reading }, expected)
  const bare = layout === 'plain' || layout === 'aio'
  return {
    service: record.service,
    record,
    reading,
    layout,
    ...(expected === undefined ? {} : { expected }),
    endpoints: endpointsOf(reading).map((endpoint) => readEndpoint(endpoint, bare)),
    now,
  }
}

function endpointsOf(reading: Reading): readonly string[] {
  if (reading.is === 'instance') return reading.instance.endpoints
  return reading.is === 'malformed' ? (reading.problem.endpoints ?? []) : []
}

function layoutOf({ record, reading }: CheckedRecord, expected?: LayoutName): LayoutName | 'service' {
  const { body } = record
  // Layouts say how keys and values are written; a registry's own records have rules of their own.
  if (!(body instanceof Uint8Array)) return 'service'
  const told = (reading.is === 'instance' ? reading.observed.layout : undefined) ?? expected
  if (told !== undefined) return told
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"last_renew_time"') ? 'aio' : 'kratos'
}
