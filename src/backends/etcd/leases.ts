import type { StoreLeaseState } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import { leaseId } from './lease-id.ts'

const AT_ONCE = 32

/** What etcd knows of leases, a request each, several at once. Those that are gone are left out. */
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
      const request = { ID: leaseId(lease), keys }
      const doing = `look up the lease ${lease}`
      const state = await cluster.read(doing, (member) => member.call('leaseTimeToLive', request, signal), signal)
      const [remaining, granted] = [Number(state.TTL), Number(state.grantedTTL)]
      if (remaining >= 0) found.set(lease, { granted, remaining, ...(keys ? { keys: state.keys } : {}) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}
