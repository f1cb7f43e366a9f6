import { isUtf8 } from 'node:buffer'
import { escapeKey } from '../model/key.ts'
import type { Stored } from './layout.ts'

/** A stored key without its prefix, as `{name}/{id}`. Parts that are not UTF-8 are escaped for printing. */
export interface StoredKey {
  /** Up to the first slash. */
  readonly name: string
  /** After the first slash; undefined where there is none. */
  readonly id: string | undefined
  /**
   * What follows a name in the key; undefined where the key does not begin with it. A name may hold slashes, and end
   * within a segment, since Kratos' clients read all keys that begin with `{prefix}/{name}`.
   */
  after(name: string): string | undefined
}

/** Undefined where the key does not lie under its prefix. In the store as a whole a slash at the beginning is not needed. */
export function parseKey(stored: Stored): StoredKey | undefined {
  const text = keyTextOf(stored)
  if (text !== undefined) return inPrefix(text, stored.prefix)
  const key = bytesOf(stored)
  const prefix = Buffer.from(`${stored.prefix}/`)
  if (startsWith(key, prefix)) return byteKey(key.subarray(prefix.length))
  return stored.prefix === '' ? byteKey(key) : undefined
}

/** The whole key; undefined where it is not UTF-8. */
export function keyTextOf(stored: Stored): string | undefined {
  if (stored.keyText !== undefined) return stored.keyText
  const key = bytesOf(stored)
  return isUtf8(key) ? key.toString('utf8') : undefined
}

function bytesOf({ key }: Stored): Buffer {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength)
}

function inPrefix(key: string, prefix: string): StoredKey | undefined {
  if (key.startsWith(prefix) && key[prefix.length] === '/') return new TextKey(key.slice(prefix.length + 1))
  return prefix === '' ? new TextKey(key) : undefined
}

/** What comes before the last two segments of a key; undefined where it has no two that are not empty. */
export function beforeService(key: string | undefined): string | undefined {
  const [, prefix = '', service] = LAST_TWO.exec(key ?? '') ?? []
  return service === undefined ? undefined : prefix
}

/** The last segment but one; empty where there is none. */
export function serviceSegment(key: string): string {
  return LAST_TWO.exec(key)?.[2] ?? ''
}

/** What follows the last slash of a key. */
export function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** The segments of a whole key; a slash at its beginning is none. */
export function segmentsOf(key: string): string[] {
  return (key.startsWith('/') ? key.slice(1) : key).split('/')
}

const LAST_TWO = /^(?:(.*)\/)?([^/]+)\/[^/]+$/s

/** Nearly every key. */
class TextKey implements StoredKey {
  readonly name: string
  readonly id: string | undefined
  private readonly rest: string

  constructor(rest: string) {
    const slash = rest.indexOf('/')
    this.name = slash < 0 ? rest : rest.slice(0, slash)
    this.id = slash < 0 ? undefined : rest.slice(slash + 1)
    this.rest = rest
  }

  after(name: string): string | undefined {
    return this.rest.startsWith(name) ? this.rest.slice(name.length) : undefined
  }
}

/** A key that is not UTF-8 throughout: no name in a value, which always is, can be mistaken for the bytes in it. */
function byteKey(rest: Buffer): StoredKey {
  const slash = rest.indexOf('/')
  return {
    name: escapeKey(slash < 0 ? rest : rest.subarray(0, slash)),
    id: slash < 0 ? undefined : escapeKey(rest.subarray(slash + 1)),
    after(name) {
      const bytes = Buffer.from(name)
      return startsWith(rest, bytes) ? escapeKey(rest.subarray(bytes.length)) : undefined
    },
  }
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start)
}
