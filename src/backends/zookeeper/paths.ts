import { contains, exactly, type KeyRange } from '../kv/store.ts'
import { isUtf8 } from 'node:buffer'
import { RollcallError } from '../../model/errors.ts'
import { escapeKey } from '../../model/key.ts'

// eslint-disable-next-line no-control-regex -- these are the characters that ZooKeeper takes in no path
const REFUSED = /[\0-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/
const EMPTY_OR_RELATIVE = /\/(?:\.{0,2})(?:\/|$)/

/**
 * The path that a key is; undefined for a key that no node can have. Source: org.apache.zookeeper.common.PathUtils.
 * Of the characters that are left, UTF-16 has the same order as UTF-8: paths can be compared as text.
 */
export function pathOf(key: Uint8Array): string | undefined {
  if (!isUtf8(key)) return undefined
  const path = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8')
  return path.startsWith('/') && !REFUSED.test(path) && !EMPTY_OR_RELATIVE.test(path) ? path : undefined
}

/** Throws `usage` for a key that no node can have. */
export function requirePath(key: Uint8Array): string {
  const path = pathOf(key)
  if (path !== undefined) return path
  throw new RollcallError('usage', `ZooKeeper can hold no node ${escapeKey(key)}`, {
    hint: 'the parts of a path are printable text, none is empty, "." or ".."',
  })
}

/** Everything above a path but the root, the highest first. */
export function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)
}

export function child(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

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
