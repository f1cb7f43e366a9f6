import {
  create,
  isServerError,
  only,
  ServerCode,
  ServerError,
  type Session,
  type AclEntry,
  type NodeChange,
  check,
  remove,
  setData,
  type Stat,
} from './client/index.ts'
import type { Ensemble } from './ensemble.ts'
import { foldersAbove } from './paths.ts'
import type { Operation, OperationOutcome } from '../kv/store.ts'
import { nodeOf } from './beside.ts'
import { leaseOf, revisionOf } from './nodes.ts'

/** An operation and the state of its node; `stat` is undefined for a missing node. */
export interface SeenNode {
  readonly operation: Operation
  readonly path: string
  readonly stat: Stat | undefined
}

/** The changes that an operation takes, in order and in one transaction; or its outcome if it changes nothing. */
export type Step = { readonly changes: readonly NodeChange[] } | { readonly outcome: OperationOutcome }

/**
 * The step for an operation. ZooKeeper compares versions rather than revisions, so the expected revision is compared
 * here.
 */
export function stepOf({ operation, path, stat }: SeenNode, usual: readonly AclEntry[]): Step {
  if ('delete' in operation) {
    if (!stat) return { outcome: { result: 'absent' } }
    return isExpected(operation, stat) ? { changes: [remove(path, stat.version)] } : { outcome: { result: 'changed' } }
  }
  if (!isExpected(operation, stat)) return { outcome: { result: 'changed' } }
  if ('check' in operation) return { changes: stat ? [check(path, stat.version)] : [] }
  const { value, lease, beside } = operation
  const { acl = usual, kind } = nodeOf(beside)
  const made = create(path, value, { acl, kind, ephemeral: lease !== undefined })
  if (!stat) return { changes: [made] }
  // A node cannot move to another session or become persistent, so it is replaced.
  return { changes: isOn(stat, lease) ? [setData(path, value, stat.version)] : [remove(path, stat.version), made] }
}

/** Whether a node belongs to this session, or to none if `lease` is undefined. */
export function isOn({ owner }: Stat, lease: string | undefined): boolean {
  return lease === undefined ? owner === 0n : owner !== 0n && leaseOf(owner) === lease
}

function isExpected({ expect }: Operation, stat: Stat | undefined): boolean {
  if (expect === undefined) return true
  return expect === null ? stat === undefined : stat !== undefined && revisionOf(stat) === expect
}

const NOTHING = new Uint8Array()

/**
 * Creates the missing folders above these paths, persistent and without data, as Kratos does. Throws `config` if the chroot is
 * missing. Returns the refusal of a server, if any, instead of throwing it: without permission to create nodes in a folder, a
 * server also refuses those that already exist.
 */
export async function makeFolders(
  ensemble: Ensemble,
  paths: readonly string[],
  { session, signal }: { session: Session; signal?: AbortSignal | undefined },
): Promise<ServerError | undefined> {
  const folders = [...new Set(paths.flatMap(foldersAbove))].sort((a, b) => a.length - b.length)
  const made = folders.map(async (folder) => {
    const change = create(folder, NOTHING, { acl: ensemble.acl })
    try {
      await session.request(only(change), signal)
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      return error
    }
    return undefined
  })
  const refusals = (await Promise.all(made)).filter((error) => error !== undefined)
  if (isServerError(refusals[0], ServerCode.noNode)) await ensemble.requireChroot(signal)
  return refusals.find(({ code }) => code !== ServerCode.nodeExists)
}
