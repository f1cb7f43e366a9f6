import { contains, exactly, type KeyRange } from '../kv/store.ts'
import { pathOf } from './paths.ts'

/** Where to look for the keys of a range: at one node, or in a folder and all below it. */
export type Start = { readonly node: string } | { readonly folder: string }

/** Undefined where no node can be in the range. */
export function startOf(range: KeyRange): Start | undefined {
  if (Buffer.compare(exactly(range.start).end, range.end) === 0) {
    const node = pathOf(range.start)
    return node === undefined ? undefined : { node }
  }
  const shared = sharedBytes(range)
  const folder = Buffer.from(shared.subarray(0, Math.max(shared.lastIndexOf('/'), 0)))
  if (folder.length === 0) return { folder: '/' }
  const path = pathOf(folder)
  return path === undefined ? undefined : { folder: path }
}

/** What all keys of a range begin with. */
function sharedBytes({ start, end }: KeyRange): Buffer {
  const bytes = Buffer.from(start)
  const last = bytes.length - 1
  const isPrefix =
    start.length === end.length &&
    bytes.subarray(0, last).equals(Buffer.from(end).subarray(0, last)) &&
    (start[last] ?? 0) + 1 === end[last]
  if (isPrefix) return bytes
  let length = 0
  while (length < start.length && length < end.length && start[length] === end[length]) length += 1
  return bytes.subarray(0, length)
}

export function holdsNode(range: KeyRange, path: string): boolean {
  return contains(range, Buffer.from(path))
}

/** Whether everything below a path is in the range. */
export function holdsAllBelow(range: KeyRange, path: string): boolean {
  const [first, end] = [Buffer.from(`${path}/`), Buffer.from(`${path}0`)]
  return Buffer.compare(range.start, first) <= 0 && Buffer.compare(end, range.end) <= 0
}

/** Whether anything below a path can be in the range. */
export function meetsFolder(range: KeyRange, path: string): boolean {
  const [first, end] = [Buffer.from(`${path}/`), Buffer.from(`${path}0`)]
  return Buffer.compare(first, range.end) < 0 && Buffer.compare(range.start, end) < 0
}
