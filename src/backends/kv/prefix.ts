import { isUtf8 } from 'node:buffer'
import { SYSTEMS, isFramework, layouts, ownerOf } from '../../layouts/index.ts'
import type { Layout, StoreKind } from '../../layouts/layout.ts'
import type { LayoutName } from '../../model/observed.ts'
import { escapeKey, unescapeKey } from '../../model/key.ts'
import { covering, exactly, inside, without, type KeyRange, type KvRecord } from './store.ts'

const SLASH = 0x2f

/** A record, and its place under its prefix. */
export class LocatedRecord {
  readonly record: KvRecord
  readonly prefix: Prefix
  /** Where the service's segment of the key begins and ends. */
  private readonly start: number
  private readonly end: number
  private readonly named: Uint8Array | undefined

  /** `named`: the service's name, where it is not that segment. */
  constructor(record: KvRecord, prefix: Prefix, start: number, end: number, named?: Uint8Array) {
    this.record = record
    this.prefix = prefix
    this.start = start
    this.end = end
    this.named = named
  }

  /** The service's name. A segment of the key is only cut out on demand: most lists need it for few records. */
  get name(): Uint8Array {
    return this.named ?? this.record.key.subarray(this.start, this.end)
  }

  /** Whether the key ends with the service's name: `{prefix}/{name}`. */
  get short(): boolean {
    return this.end === this.record.key.length
  }
}

/** The keys of other known systems, and their roots. */
const SYSTEM_RANGES: readonly KeyRange[] = [...SYSTEMS.keys()].flatMap((segment) => {
  const root = Buffer.from(`/${segment}`)
  return [exactly(root), inside(root)]
})
const WHOLE_STORE: KeyRange = { start: Buffer.of(0), end: Buffer.alloc(8, 0xff) }

/**
 * The start of keys, without its last slash. A lone slash is the root, with all keys that begin with a slash; an empty text
 * is the whole store; anything else is used literally.
 */
export class Prefix {
  /** Empty for the root and for the whole store. */
  readonly text: string
  /** Whether it is the root or the whole store, which no layout owns. */
  readonly isRoot: boolean
  readonly isWholeStore: boolean
  /** The ranges of all its keys, in key order. The root and the whole store leave out the keys of known systems. */
  readonly ranges: readonly KeyRange[]
  /** The smallest single range that covers `ranges`. */
  readonly range: KeyRange
  /** The start of the escaped keys under it. */
  readonly shown: string
  /** Finds the service in its keys, unless it comes first. */
  readonly below: Layout['below']
  readonly #owner: Layout | undefined
  /** Whether the reading of a record can depend on its folder: where nobody owns the prefix, or one who shares it with Patroni. */
  readonly dependsOnFolders: boolean
  readonly kind: StoreKind
  /** Whether nobody named it and it is a framework's: one who has no permission there is not told of it. */
  readonly isUnasked: boolean
  readonly #start: Uint8Array

  /** `layout`: the one that was named, if any. `unasked`: nobody has named this prefix. */
  constructor(text: string, layout: LayoutName | 'auto' = 'auto', kind: StoreKind = 'flat', unasked = false) {
    this.isWholeStore = text === ''
    this.isRoot = text === '/' || text === ''
    this.text = this.isRoot ? '' : text
    const below = inside(Buffer.from(this.text))
    this.#start = this.isWholeStore ? new Uint8Array() : below.start
    this.shown = escapeKey(this.#start)
    const whole = this.isWholeStore ? WHOLE_STORE : below
    this.ranges = this.isRoot ? without(whole, SYSTEM_RANGES) : [whole]
    this.range = covering(this.ranges)
    this.kind = kind
    const owner = ownerOf(this.text, layout, kind)
    this.#owner = owner && layouts[owner]
    this.below = this.#owner?.below
    this.isUnasked = unasked && this.#owner !== undefined && isFramework(this.#owner)
    this.dependsOnFolders = !ALONE.has(ownerOf(this.text, 'auto', kind) ?? '')
  }

  /** The key `{prefix}/{name}`: with a slash after it, the folder of a service. */
  folder(service: string): Uint8Array {
    return Buffer.concat([this.#start, nameOf(service)])
  }

  holds(key: Uint8Array): boolean {
    const start = this.#start
    return key.length >= start.length && Buffer.compare(key.subarray(0, start.length), start) === 0
  }

  /** The index at which the service's segment begins in a key under this prefix. */
  startIn(key: Uint8Array): number {
    return this.isWholeStore && key[0] === SLASH ? 1 : this.#start.length
  }

  /** The service's name in a key that this prefix holds. */
  nameIn(key: Uint8Array): Uint8Array {
    const start = this.startIn(key)
    return this.below?.(key, start) ?? key.subarray(start, endOfSegment(key, start))
  }

  locate(record: KvRecord): LocatedRecord {
    const start = this.startIn(record.key)
    return new LocatedRecord(record, this, start, endOfSegment(record.key, start), this.below?.(record.key, start))
  }

  /** Whether a key under this prefix is that of a node in a tree which is none of its owner's records, and belongs there. */
  isStructure(key: Uint8Array): boolean {
    const owner = this.#owner
    if (this.kind !== 'tree' || !owner || !isFramework(owner) || !owner.isStructure) return false
    return owner.isStructure(Buffer.from(key.subarray(this.startIn(key))).toString('utf8'))
  }
}

function endOfSegment(key: Uint8Array, start: number): number {
  const slash = key.indexOf(SLASH, start)
  return slash < 0 ? key.length : slash
}

/** Those whose prefixes are theirs alone, so that no record there is judged by those beside it. */
const ALONE: ReadonlySet<string> = new Set(['kratos', 'aio', 'kitex', 'go-micro', 'dubbo'])

/** The prefix of a key; for a key outside of all `prefixes`, everything before its last two segments. */
export function prefixOf(key: Uint8Array, prefixes: readonly Prefix[]): Prefix {
  const ours = prefixes.find((prefix) => prefix.holds(key))
  if (ours) return ours
  const segments = Buffer.from(key).toString('utf8').split('/')
  return new Prefix(segments.slice(0, -2).join('/') || (key[0] === SLASH ? '/' : ''), 'auto', prefixes[0]?.kind)
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

/** Outside of every prefix of services, so that no reader of instances meets a lock. */
const LOCKS = '/rollcall/monitor/'

/** The key of the lock for a prefix: one segment, since a tree could not hold a lock below another. */
export function lockKeyOf(prefix: string): Uint8Array {
  return Buffer.from(LOCKS + encodeURIComponent(prefix))
}

/** Whether an escaped key is that of a lock; they appear when the whole store is read. */
export function isLock(id: string): boolean {
  return id.startsWith(LOCKS)
}
