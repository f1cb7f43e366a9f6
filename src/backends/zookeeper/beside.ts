import { RollcallError } from '../../model/errors.ts'
import type { AclEntry, Kind } from './client/index.ts'

/** What lies beside a node's data: read for a record that is to be removed, and put back with it. */
export interface Beside {
  readonly acl?: readonly AclEntry[]
  readonly kind?: Kind
  /** Why not all of it is here, where it is not; for no machine. */
  readonly lost?: string
  /** Its data are larger than the server takes: it could not be made again. */
  readonly tooLarge?: true
}

/** Of a record; nothing where it was not read, or lies in a backup that knew nothing of it. */
export function besideOf({ beside }: { readonly beside?: object }): Beside {
  return beside ?? {}
}

/** How a node is to be made again. @throws RollcallError `usage` for what no backup has there */
export function nodeOf(beside: object | undefined): Pick<Beside, 'acl' | 'kind'> {
  const { acl, kind }: { acl?: unknown; kind?: unknown } = beside ?? {}
  if (acl !== undefined && !isAcl(acl)) throw strange('acl')
  if (kind !== undefined && !isKind(kind)) throw strange('kind')
  return { ...(acl && { acl }), ...(kind && { kind }) }
}

function strange(field: string): RollcallError {
  return new RollcallError('usage', `the ${field} beside the value is not one of a ZooKeeper node`, {
    hint: 'restore a file that purge wrote, to a ZooKeeper',
  })
}

function isAcl(value: unknown): value is readonly AclEntry[] {
  return Array.isArray(value) && value.length > 0 && value.every(isEntry)
}

function isEntry(value: unknown): value is AclEntry {
  if (!isObject(value)) return false
  return (
    Number.isInteger(value['permissions']) && typeof value['scheme'] === 'string' && typeof value['id'] === 'string'
  )
}

function isKind(value: unknown): value is Kind {
  return value === 'container' || (isObject(value) && Number.isSafeInteger(value['ttl']))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A digest without its hash, as the server tells it to who is no admin of the node. */
export function isMasked({ scheme, id }: AclEntry): boolean {
  return scheme === 'digest' && id.endsWith(':x')
}
