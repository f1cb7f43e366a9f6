import {
  create,
  isServerError,
  only,
  ServerCode,
  ServerError,
  type Session,
  type AclEntry,
  type Change,
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

/** One operation on a node that is as `stat` says, or is not there. */
export interface SeenNode {
  readonly operation: Operation
  readonly path: string
  readonly stat: Stat | undefined
}

/** What has to be changed, in this order and together; or the outcome, where nothing has. */
export type Step = { readonly changes: readonly Change[] } | { readonly outcome: OperationOutcome }

/** ZooKeeper compares versions, and a revision is none: that the node is the one that was seen, is seen here. */
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
  // A node cannot pass from one session to another, or become permanent: then another takes its place.
  return { changes: isOn(stat, lease) ? [setData(path, value, stat.version)] : [remove(path, stat.version), made] }
}

/** Whether a node that is there hangs on this session, or on none. */
export function isOn({ owner }: Stat, lease: string | undefined): boolean {
  return lease === undefined ? owner === 0n : owner !== 0n && leaseOf(owner) === lease
}

function isExpected({ expect }: Operation, stat: Stat | undefined): boolean {
  if (expect === undefined) return true
  return expect === null ? stat === undefined : stat !== undefined && revisionOf(stat) === expect
}

const NOTHING = new Uint8Array()

/**
 * Makes what is missing above these paths, without data and for good, as Kratos does. Throws `config` when not even the
 * chroot is there. Returns a refusal: whoever may make nothing in a folder gets it also for what is there already.
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
