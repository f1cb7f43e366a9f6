import { escapeKey } from '../../model/key.ts'
import type { KeyRange } from './store.ts'

const AFTER_SLASH = '0'

/** One key and nothing else. */
export function exactly(key: Uint8Array): KeyRange {
  return { start: key, end: Buffer.concat([key, Buffer.of(0)]) }
}

/** All keys that begin with `{folder}/`. */
export function inside(folder: Uint8Array): KeyRange {
  return {
    start: Buffer.concat([folder, Buffer.from('/')]),
    end: Buffer.concat([folder, Buffer.from(AFTER_SLASH)]),
  }
}

/** The smallest range that has all of these in it. */
export function covering(ranges: readonly KeyRange[]): KeyRange {
  const starts = ranges.map((range) => range.start).sort((a, b) => Buffer.compare(a, b))
  const ends = ranges.map((range) => range.end).sort((a, b) => Buffer.compare(a, b))
  return { start: starts[0] ?? new Uint8Array(), end: ends.at(-1) ?? new Uint8Array() }
}

/** What is left of a range without others, in key order. */
export function without(range: KeyRange, others: readonly KeyRange[]): KeyRange[] {
  const left: KeyRange[] = []
  let { start } = range
  for (const other of others.toSorted((a, b) => Buffer.compare(a.start, b.start))) {
    if (Buffer.compare(start, other.start) < 0) left.push({ start, end: other.start })
    if (Buffer.compare(start, other.end) < 0) start = other.end
  }
  return Buffer.compare(start, range.end) < 0 ? [...left, { start, end: range.end }] : left
}

export function contains(range: KeyRange, key: Uint8Array): boolean {
  return Buffer.compare(range.start, key) <= 0 && Buffer.compare(key, range.end) < 0
}

/** A range for people: the prefix or the key it is where it is one, else both ends. */
export function rangeText(range: KeyRange): string {
  const start = escapeKey(range.start)
  return isPrefix(range) || isKey(range) ? start : `${start} … ${escapeKey(range.end)}`
}

function isKey({ start, end }: KeyRange): boolean {
  return Buffer.compare(exactly(start).end, end) === 0
}

function isPrefix({ start, end }: KeyRange): boolean {
  const last = start.length - 1
  if (last < 0 || start.length !== end.length) return false
  return Buffer.compare(start.subarray(0, last), end.subarray(0, last)) === 0 && end[last] === (start[last] ?? 0) + 1
}
