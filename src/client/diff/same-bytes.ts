import type { CanonicalRecords } from '../../model/record-table.ts'
import type { CanonicalSpan } from './cursor.ts'

/** Of a canonical value: `{"id":"` before its id, and `","name":"` between that and its name. */
const BEFORE_ID = 7
const BEHIND_ID = 10

export interface Meeting {
  /** An instance by its index, where the other side has none that is the same at this place. */
  readonly before: (at: number) => void
  readonly after: (at: number) => void
  /** Whether nothing of this id waits for its match: one that does would come first. */
  readonly isFree: (id: () => string) => boolean
}

/**
 * Passes over the canonical records of one service on two sides, in the order of their ids, until one side has no more. Those with the
 * same bytes are the same instance, both up and in one layout, and are not even decoded. Returns how many of each side were passed.
 */
export function meetBytes(
  left: CanonicalSpan,
  right: CanonicalSpan,
  meeting: Meeting,
): [before: number, after: number] {
  const [{ records }, { records: others }] = [left.entries, right.entries]
  let { at } = left
  let { at: other } = right
  while (at < left.end && other < right.end) {
    const isSame = isSameValue(records, at, others, other)
    const place = at
    const order = isSame && meeting.isFree(() => idAt(records, place)) ? undefined : orderOf(records, at, others, other)
    if (order === undefined || order <= 0) at++
    if (order === undefined || order >= 0) other++
    if (order === undefined) continue
    if (order <= 0) meeting.before(at - 1)
    if (order >= 0) meeting.after(other - 1)
  }
  return [at - left.at, other - right.at]
}

function isSameValue(a: CanonicalRecords, at: number, b: CanonicalRecords, other: number): boolean {
  const [{ bytes, valueStart, valueEnd }, { table }] = [a.table, b]
  const [start = 0, end = 0] = [valueStart[at], valueEnd[at]]
  const [otherStart = 0, otherEnd = 0] = [table.valueStart[other], table.valueEnd[other]]
  if (end - start !== otherEnd - otherStart) return false
  return bytes.compare(table.bytes, otherStart, otherEnd, start, end) === 0
}

function orderOf(a: CanonicalRecords, at: number, b: CanonicalRecords, other: number): number {
  const [start, end] = idPlace(a, at)
  const [otherStart, otherEnd] = idPlace(b, other)
  return a.table.bytes.compare(b.table.bytes, otherStart, otherEnd, start, end)
}

function idAt(records: CanonicalRecords, at: number): string {
  return records.table.bytes.toString('latin1', ...idPlace(records, at))
}

function idPlace({ table, parts }: CanonicalRecords, at: number): [start: number, end: number] {
  return [(table.valueStart[at] ?? 0) + BEFORE_ID, (parts.nameStart[at] ?? 0) - BEHIND_ID]
}
