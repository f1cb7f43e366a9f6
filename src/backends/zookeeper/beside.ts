import {
  type AclEntry,
  create,
  exists,
  getAcl,
  isServerError,
  ServerCode,
  ServerError,
  sizeOf,
  type Kind,
} from './client/index.ts'
import type { Ensemble } from './ensemble.ts'
import { RollcallError } from '../../model/errors.ts'

/** What a node has in addition to its data: read before a record is removed, and restored with it. */
export interface Beside {
  readonly acl?: readonly AclEntry[]
  readonly kind?: Kind
  /** Why not all of it could be read, as one sentence for people. */
  readonly lost?: string
  /** Set when the data are larger than the server accepts, so that the node could not be created again. */
  readonly tooLarge?: true
}

/** The additional facts of a record; empty where they were not read, as in an older backup. */
export function besideOf({ beside }: { readonly beside?: object }): Beside {
  return beside ?? {}
}

/** The ACL and kind with which a node is created again. @throws RollcallError `usage` for values that no backup contains */
export function nodeOf(beside: object | undefined): Pick<Beside, 'acl' | 'kind'> {
  const { acl, kind }: { acl?: unknown; kind?: unknown } = beside ?? {}
  if (acl !== undefined && !isAcl(acl)) throw strange('acl')
  if (kind !== undefined && !isKind(kind)) throw strange('kind')
  return { ...(acl && { acl }), ...(kind && { kind }) }
}

function strange(field: string): RollcallError {
  return new RollcallError('usage', `the ${field} stored with the value is not valid for a ZooKeeper node`, {
    hint: 'restore a backup that was written from ZooKeeper',
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

/** Whether the hash of a digest is masked, as the server does for users who are not admins of the node. */
export function isMasked({ scheme, id }: AclEntry): boolean {
  return scheme === 'digest' && id.endsWith(':x')
}

/** Nodes examined at once. */
const ABREAST = 200
const NOTHING = new Uint8Array()

/** A node and the number of bytes of its data. */
export interface Sized {
  readonly path: string
  readonly bytes: number
}

/** Reads the ACL and kind of each node, in order; undefined for a node that is gone. Changes nothing. */
export async function examine(
  ensemble: Ensemble,
  nodes: readonly Sized[],
  signal?: AbortSignal,
): Promise<(Beside | undefined)[]> {
  const found: (Beside | undefined)[] = []
  for (let at = 0; at < nodes.length; at += ABREAST) {
    const part = nodes.slice(at, at + ABREAST)
    found.push(...(await Promise.all(part.map((node) => one(ensemble, node, signal)))))
  }
  return found
}

async function one(ensemble: Ensemble, { path, bytes }: Sized, signal?: AbortSignal): Promise<Beside | undefined> {
  const { main } = ensemble
  const [stat, acl] = await Promise.all([
    main.request(exists(path), signal).then(({ answer }) => answer, absent),
    aclOf(ensemble, path, signal),
  ])
  if (!stat) return undefined
  const { kind } = stat
  const readable = acl !== undefined && !acl.some(isMasked)
  const again = create(path, NOTHING, { acl: readable ? acl : ensemble.acl, kind })
  const fits = stat.owner !== 0n || (await ensemble.takes(bytes + sizeOf(again, ensemble.chroot), signal))
  return {
    ...(readable ? { acl } : { lost: UNREADABLE }),
    ...(kind && { kind }),
    ...(fits ? {} : { tooLarge: true, lost: TOO_LARGE }),
  }
}

const UNREADABLE =
  'ZooKeeper shows its ACL only to an admin of the node: if restored, it gets the ACL of your new nodes; use the credentials of an admin to keep it'
export const TOO_LARGE =
  'it is larger than the server accepts (jute.maxbuffer) and could not be restored, so it is not removed'

/** The ACL of a node; undefined without permission to read it. */
async function aclOf({ main }: Ensemble, path: string, signal?: AbortSignal): Promise<AclEntry[] | undefined> {
  try {
    return (await main.request(getAcl(path), signal)).answer
  } catch (error) {
    if (error instanceof ServerError) return undefined
    throw error
  }
}

function absent(error: unknown): undefined {
  if (!isServerError(error, ServerCode.noNode, ServerCode.noAuth)) throw error
  return undefined
}
