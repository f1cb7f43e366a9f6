import { type Beside, isMasked } from './beside.ts'
import {
  type AclEntry,
  create,
  exists,
  getAcl,
  isServerError,
  ServerCode,
  ServerError,
  sizeOf,
} from './client/index.ts'
import type { Ensemble } from './ensemble.ts'

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
