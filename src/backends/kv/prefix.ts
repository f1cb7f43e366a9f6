import { isUtf8 } from 'node:buffer'
import { escapeKey, unescapeKey } from '../../model/key.ts'
import { inside } from './key-range.ts'
import type { KeyRange, KvRecord } from './store.ts'

const SLASH = 0x2f

/** A record, and where it lies under its prefix. */
export class Found {
  readonly record: KvRecord
  readonly prefix: Prefix
  /** Where the service's segment of the key ends. */
  private readonly end: number

  constructor(record: KvRecord, prefix: Prefix, end: number) {
    this.record = record
    this.prefix = prefix
    this.end = end
  }

  /** The service's segment of the key. Most lists need it of few records. */
  get name(): Uint8Array {
    return this.record.key.subarray(this.prefix.range.start.length, this.end)
  }

  /** The key ends with the service's name: `{prefix}/{name}`. */
  get short(): boolean {
    return this.end === this.record.key.length
  }
}

/** What keys begin with, without the slash that ends it. A lone slash is the root; anything else is taken as it is. */
export class Prefix {
  readonly text: string
  /** Every key under it. */
  readonly range: KeyRange
  /** What the escaped keys under it begin with. */
  readonly shown: string

  constructor(text: string) {
    this.text = text === '/' ? '' : text
    this.range = inside(Buffer.from(this.text))
    this.shown = escapeKey(this.range.start)
  }

  /** The key `{prefix}/{name}`: with a slash after it, the folder of a service. */
  folder(service: string): Uint8Array {
    return Buffer.concat([this.range.start, nameOf(service)])
  }

  holds(key: Uint8Array): boolean {
    const start = this.range.start
    return key.length >= start.length && Buffer.compare(key.subarray(0, start.length), start) === 0
  }

  /** The service's segment of a key that this prefix holds. */
  nameIn(key: Uint8Array): Uint8Array {
    return key.subarray(this.range.start.length, this.#endOfName(key))
  }

  locate(record: KvRecord): Found {
    return new Found(record, this, this.#endOfName(record.key))
  }

  #endOfName(key: Uint8Array): number {
    const slash = key.indexOf(SLASH, this.range.start.length)
    return slash < 0 ? key.length : slash
  }
}

/** The prefix that holds a key; for a key that lies elsewhere, what comes before its last two segments. */
export function prefixOf(key: Uint8Array, prefixes: readonly Prefix[]): Prefix {
  const ours = prefixes.find((prefix) => prefix.holds(key))
  if (ours) return ours
  const segments = Buffer.from(key).toString('utf8').split('/')
  return new Prefix(segments.slice(0, -2).join('/'))
}

/** A service's name as text; one that is not UTF-8 is escaped, so that it can be named again. */
export function serviceOf(name: Uint8Array): string {
  return isUtf8(name) ? Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('utf8') : escapeKey(name)
}

/** The bytes that a service's name stands for: the opposite of `serviceOf`. */
export function nameOf(service: string): Uint8Array {
  const unescaped = unescapeKey(service)
  return serviceOf(unescaped) === service ? unescaped : Buffer.from(service)
}
