import { ownerOf } from '../../layouts/index.ts'
import { KNOWN_SCHEMES } from '../../model/endpoint.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { isLock } from './locks.ts'
import { valueOf } from './record.ts'

const SLASH = 0x2f

/**
 * What holds no record: a lock; in a tree a node with others below it, whatever its data, and an empty one that stays
 * where a service's folder would be. Under a prefix that a layout owns it is told by where it lies: the folder of a
 * service, or within one of Kratos', whose reads fail by it. Undefined for what should be a record.
 */
export function structureOf(
  record: RawRecord,
  { key, prefix, layout }: { key: () => Uint8Array; prefix: string; layout: LayoutName | 'auto' },
): Reading | undefined {
  if (isLock(record.id)) return { is: 'structure' }
  const { children, lease } = record
  if (children === undefined || (children === 0 && (lease !== undefined || valueOf(record).length > 0)))
    return undefined
  if (prefix === '') return children > 0 ? { is: 'structure' } : undefined
  const below = key().subarray(Buffer.byteLength(prefix) + 1)
  const owner = ownerOf(prefix, layout)
  if (!below.includes(SLASH)) return owner === undefined ? { is: 'structure' } : { is: 'structure', folder: 'service' }
  const name = Buffer.from(below.subarray(below.lastIndexOf(SLASH) + 1)).toString('utf8')
  const isFolder = children > 0 || layout === 'kratos-scheme' || KNOWN_SCHEMES.has(name)
  if (!isFolder) return undefined
  const isInTheWay = valueOf(record).length === 0 && owner === 'kratos'
  return isInTheWay ? { is: 'structure', folder: 'within' } : { is: 'structure' }
}
