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

/** Nodes looked at at once. */
const ABREAST = 200
const NOTHING = new Uint8Array()

/** A node with the number of bytes of its data. */
export interface Sized {
  readonly path: string
  readonly bytes: number
}

/** What lies beside each of these nodes, in their order; undefined for one that is gone. Reads only. */
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
  'its ACL is only told to an admin of the node: restored, it gets the one that new nodes of yours get; use credentials of an admin'
export const TOO_LARGE =
  'it is larger than the server takes (jute.maxbuffer) and could not be put back, so it is not removed'

/** Undefined where this user may not read it. */
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
