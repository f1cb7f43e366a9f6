import { ownerOf, decode, isFramework, layouts } from '../../layouts/index.ts'
import { KNOWN_SCHEMES } from '../../model/endpoint.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { isLock, prefixOf, serviceOf, type LocatedRecord } from './prefix.ts'
import type { Stored } from '../../layouts/layout.ts'
import type { KvContext } from './context.ts'
import { escapeKey, unescapeKey } from '../../model/key.ts'

export function rawRecordOf(found: LocatedRecord): RawRecord {
  const { key, value, revision, lease, createdAt, children } = found.record
  const id = escapeKey(key)
  const raw = { id, service: serviceIn(id, found), body: value, revision, lease, createdAt }
  return children === undefined ? raw : { ...raw, children }
}

/** The service of a record; a key without escapes contains it literally. */
function serviceIn(id: string, found: LocatedRecord): string {
  const { prefix, short } = found
  if (prefix.isRoot || prefix.below || !isKeyItself(id) || !id.startsWith(prefix.shown)) return serviceOf(found.name)
  return id.slice(prefix.shown.length, short ? undefined : id.indexOf('/', prefix.shown.length))
}

/** Whether an escaped key has no escapes. */
export function isKeyItself(id: string): boolean {
  return !id.includes('\\')
}

export function keyOf(record: RawRecord): Uint8Array {
  return unescapeKey(record.id)
}

/** The stored bytes of a record; empty for a record of a registry that stores objects. */
export function valueOf(record: RawRecord): Uint8Array {
  return record.body instanceof Uint8Array ? record.body : new Uint8Array()
}

/** Decodes one record according to its prefix and folder. Pure given `now` (milliseconds since 1970); never throws. */
export function read(kv: KvContext, record: RawRecord, now: number, layout = kv.layout): Reading {
  const { text: prefix } =
    kv.prefixes.find(({ shown }) => record.id.startsWith(shown)) ?? prefixOf(keyOf(record), kv.prefixes)
  const stored = new StoredRecord(record, prefix, kv.store.sessions ? holderOf(record) : undefined)
  const structure = structureOf(record, { key: () => stored.key, prefix, layout })
  if (structure) return structure
  return decode(stored, layout, {
    now,
    aioTtl: kv.aioTtl,
    folder: record.folder,
    folders: kv.store.sessions === true,
  })
}

/** A record for the layouts; the bytes of its key are only computed when asked for, since most keys are text. */
class StoredRecord implements Stored {
  readonly value: Uint8Array
  readonly keyText: string | undefined
  readonly prefix: string
  readonly owner: string | undefined
  private readonly record: RawRecord

  constructor(record: RawRecord, prefix: string, owner: string | undefined) {
    this.value = valueOf(record)
    this.keyText = isKeyItself(record.id) ? record.id : undefined
    this.prefix = prefix
    this.owner = owner
    this.record = record
  }

  get key(): Uint8Array {
    return keyOf(this.record)
  }

  get lease(): string | undefined {
    return this.record.lease
  }

  get createdAt(): number | undefined {
    return this.record.createdAt
  }
}

/** The owner of a record in a store with sessions: the process whose session its lease is. */
function holderOf({ lease, heldFrom }: RawRecord): string | undefined {
  if (lease === undefined) return undefined
  return heldFrom === undefined ? `session 0x${lease}` : `session 0x${lease} from ${heldFrom}`
}

const SLASH = 0x2f

/**
 * The reading of what is not meant to be a record: a lock; in a tree, a node with others below it, whatever its data, and an
 * empty node where the folder of a service would be; and what a framework keeps beside its records under its own prefix. Under a prefix that a layout owns, `folder` says whether it is the folder
 * of a service or lies within one of Kratos, whose clients fail on it. Undefined for everything that should be a record.
 */
export function structureOf(
  record: RawRecord,
  { key, prefix, layout }: { key: () => Uint8Array; prefix: string; layout: LayoutName | 'auto' },
): Reading | undefined {
  if (isLock(record.id)) return { is: 'structure' }
  const { children, lease } = record
  if (children === undefined) return undefined
  const owner = ownerOf(prefix, layout, 'tree')
  const framework = owner && layouts[owner]
  if (framework && isFramework(framework) && framework.isStructure) {
    const below = Buffer.from(key().subarray(Buffer.byteLength(prefix) + 1)).toString('utf8')
    return children > 0 || framework.isStructure(below) ? { is: 'structure' } : undefined
  }
  if (children === 0 && (lease !== undefined || valueOf(record).length > 0)) return undefined
  if (prefix === '') return children > 0 ? { is: 'structure' } : undefined
  const below = key().subarray(Buffer.byteLength(prefix) + 1)
  if (!below.includes(SLASH)) return owner === undefined ? { is: 'structure' } : { is: 'structure', folder: 'service' }
  const name = Buffer.from(below.subarray(below.lastIndexOf(SLASH) + 1)).toString('utf8')
  const isFolder = children > 0 || layout === 'kratos-scheme' || KNOWN_SCHEMES.has(name)
  if (!isFolder) return undefined
  const isInTheWay = valueOf(record).length === 0 && owner === 'kratos'
  return isInTheWay ? { is: 'structure', folder: 'within' } : { is: 'structure' }
}

/** Whether the record is only structure, as far as its children and its value leave that open: only then it is decoded. */
export function isStructure(kv: KvContext, record: RawRecord): boolean {
  const { children } = record
  if (children === undefined || (children === 0 && valueOf(record).length > 0)) return false
  return read(kv, record, kv.now()).is === 'structure'
}

/** The service of an instance in the store as a whole, where its key does not show which segment that is. */
export function serviceRead(record: RawRecord, { instance, observed }: Extract<Reading, { is: 'instance' }>): string {
  const layout = observed.layout === undefined || observed.layout === 'service' ? undefined : layouts[observed.layout]
  const cut = layout && isFramework(layout) ? layout.cut(Buffer.from(keyOf(record)).toString('utf8')) : undefined
  return cut?.service ?? instance.name.split('/', 1)[0] ?? ''
}
