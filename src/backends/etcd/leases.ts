import { RollcallError } from '../../model/errors.ts'
import type { StoreLeaseState } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import { leaseId } from './lease-id.ts'
import type { LeaseAnswer } from './wire.ts'

const AT_ONCE = 32

/**
 * What etcd knows of leases, a request each, several at once. Those that are gone are left out.
 * The keys of a lease are left out where one of them is hidden from this user.
 */
export async function lookUp(
  cluster: Cluster,
  leases: readonly string[],
  { keys = false, signal }: { keys?: boolean; signal?: AbortSignal } = {},
): Promise<Map<string, StoreLeaseState>> {
  signal?.throwIfAborted()
  const found = new Map<string, StoreLeaseState>()
  const waiting = [...new Set(leases)].values()
  const work = async (): Promise<void> => {
    for (const lease of waiting) {
      const state = await stateOf(cluster, lease, keys, signal)
      if (state) found.set(lease, state)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}

async function stateOf(
  cluster: Cluster,
  lease: string,
  keys: boolean,
  signal: AbortSignal | undefined,
): Promise<StoreLeaseState | undefined> {
  const request = { ID: leaseId(lease), keys }
  const ask = () => cluster.read(`look up the lease ${lease}`, (member) => member.lease(request, signal), signal)
  let state: LeaseAnswer
  try {
    state = await ask()
  } catch (error) {
    if (!keys || !(error instanceof RollcallError) || error.code !== 'forbidden') throw error
    return stateOf(cluster, lease, false, signal)
  }
  const { granted, ttl: remaining } = state
  return remaining < 0 ? undefined : { granted, remaining, ...(keys ? { keys: state.keys } : {}) }
}
