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
