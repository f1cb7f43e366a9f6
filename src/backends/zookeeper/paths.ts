import { contains, exactly, type KeyRange } from '../kv/store.ts'
import { isUtf8 } from 'node:buffer'
import { RollcallError } from '../../model/errors.ts'
import { escapeKey } from '../../model/key.ts'

// eslint-disable-next-line no-control-regex -- the characters that ZooKeeper allows in no path
const REFUSED = /[\0-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/
const EMPTY_OR_RELATIVE = /\/(?:\.{0,2})(?:\/|$)/

/**
 * The path of a key; undefined for a key that no node can have. Source: org.apache.zookeeper.common.PathUtils.
 * The allowed characters have the same order in UTF-16 as in UTF-8, so paths can be compared as text.
 */
export function pathOf(key: Uint8Array): string | undefined {
  if (!isUtf8(key)) return undefined
  const path = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8')
  return path.startsWith('/') && !REFUSED.test(path) && !EMPTY_OR_RELATIVE.test(path) ? path : undefined
}

/** The path of a key. Throws `usage` for a key that no node can have. */
export function requirePath(key: Uint8Array): string {
  const path = pathOf(key)
  if (path !== undefined) return path
  throw new RollcallError('usage', `ZooKeeper cannot hold a node named ${escapeKey(key)}`, {
    hint: 'the parts of a path are printable text; none is empty, "." or ".."',
  })
}

/** The ancestors of a path except the root, from the top down. */
export function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)
}

export function child(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** Where the keys of a range can be: at one node, or below a folder. */
export type Start = { readonly node: string } | { readonly folder: string }

/** Where to read the keys of a range; undefined if no node can be in it. */
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

/** The longest common start of all keys in a range. */
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

/** Whether the range contains everything below a path. */
export function holdsAllBelow(range: KeyRange, path: string): boolean {
  const [first, end] = [Buffer.from(`${path}/`), Buffer.from(`${path}0`)]
  return Buffer.compare(range.start, first) <= 0 && Buffer.compare(end, range.end) <= 0
}

/** Whether the range can contain anything below a path. */
export function meetsFolder(range: KeyRange, path: string): boolean {
  const [first, end] = [Buffer.from(`${path}/`), Buffer.from(`${path}0`)]
  return Buffer.compare(first, range.end) < 0 && Buffer.compare(range.start, end) < 0
}
