import { unescapeKey } from '../model/key.ts'
import type { LayoutName } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { type CheckedEndpoint, listenerOf, readEndpoint } from './endpoint.ts'
import { ordinaryListeners } from './ordinary.ts'
import type { Subject } from './rule.ts'

/** A record and what its backend read in it: what `check-keys` is fed with. */
export interface CheckedRecord {
  readonly record: RawRecord
  readonly reading: Reading
}

/** `expected`: the layout that was asked for, undefined for `auto`. */
export function subjectOf(
  checked: CheckedRecord,
  { now, expected }: { now: number; expected?: LayoutName | undefined },
): Subject {
  return new CheckedSubject(checked, expected, now)
}

/** What several rules ask for is worked out once, and of a record in order not at all. */
class CheckedSubject implements Subject {
  readonly record: RawRecord
  readonly reading: Reading
  readonly layout: LayoutName | 'service'
  readonly expected?: LayoutName
  readonly now: number
  private readonly ordinary: readonly string[] | undefined
  private knownKey: string | undefined
  private knownEndpoints: readonly CheckedEndpoint[] | undefined
  private knownListeners: readonly string[] | undefined

  constructor(checked: CheckedRecord, expected: LayoutName | undefined, now: number) {
    const layout = layoutOf(checked, expected)
    this.record = checked.record
    this.reading = checked.reading
    this.layout = layout
    if (expected !== undefined) this.expected = expected
    this.now = now
    this.ordinary = ordinaryListeners(checked.record, checked.reading, layout)
  }

  get service(): string {
    return this.record.service
  }

  get isOrdinary(): boolean {
    return this.ordinary !== undefined
  }

  get key(): string {
    return (this.knownKey ??= textOfKey(this.record.id))
  }

  get endpoints(): readonly CheckedEndpoint[] {
    return (this.knownEndpoints ??= this.readEndpoints())
  }

  get listeners(): readonly string[] {
    return this.ordinary ?? (this.knownListeners ??= this.readListeners())
  }

  private readEndpoints(): CheckedEndpoint[] {
    const bare = !WITH_SCHEME.has(this.layout)
    return endpointsOf(this.reading).map((endpoint) => readEndpoint(endpoint, bare))
  }

  private readListeners(): string[] {
    const listeners = this.endpoints.map(listenerOf).filter((listener) => listener !== undefined)
    return [...new Set(listeners)]
  }
}

function textOfKey(id: string): string {
  return id.includes('\\') ? Buffer.from(unescapeKey(id)).toString() : id.toWellFormed()
}

/** Layouts whose endpoints are URLs. */
const WITH_SCHEME: ReadonlySet<LayoutName | 'service'> = new Set(['kratos', 'kratos-scheme', 'service'])

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
