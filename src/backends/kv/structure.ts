import { KNOWN_SCHEMES } from '../../model/endpoint.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { isLock } from './locks.ts'
import { valueOf } from './record.ts'

const SLASH = 0x2f

/**
 * A lock is none. In a tree, a node without a value may be there for the nodes below it: the folder of a service always
 * is, and one within it when something lies there, or when it stands for a scheme. Undefined for what should be an
 * instance.
 */
export function structureOf(
  record: RawRecord,
  { key, prefix, layout }: { key: () => Uint8Array; prefix: string; layout: LayoutName | 'auto' },
): Reading | undefined {
  if (isLock(record.id)) return { is: 'structure' }
  const { children, lease } = record
  if (children === undefined || lease !== undefined || valueOf(record).length > 0) return undefined
  const below = key().subarray(Buffer.byteLength(prefix) + 1)
  if (!below.includes(SLASH)) return { is: 'structure', folder: 'service' }
  const name = Buffer.from(below.subarray(below.lastIndexOf(SLASH) + 1)).toString('utf8')
  const folder = children > 0 || layout === 'kratos-scheme' || KNOWN_SCHEMES.has(name)
  return folder ? { is: 'structure', folder: 'within' } : undefined
}
