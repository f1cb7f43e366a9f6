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

/** Undefined where the key does not lie under its prefix. */
export function parseKey(stored: Stored): StoredKey | undefined {
  if (stored.keyText !== undefined) return inPrefix(stored.keyText, stored.prefix)
  const key = Buffer.from(stored.key.buffer, stored.key.byteOffset, stored.key.byteLength)
  if (isUtf8(key)) return inPrefix(key.toString('utf8'), stored.prefix)
  const prefix = Buffer.from(`${stored.prefix}/`)
  return startsWith(key, prefix) ? byteKey(key.subarray(prefix.length)) : undefined
}

function inPrefix(key: string, prefix: string): StoredKey | undefined {
  return key.startsWith(prefix) && key[prefix.length] === '/' ? new TextKey(key.slice(prefix.length + 1)) : undefined
}

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
