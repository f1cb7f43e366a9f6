import { RollcallError } from '../../model/errors.ts'
import type { Cluster } from './cluster.ts'
import { leaseDigits } from './calls.ts'
import type { StoreLeaseState } from '../kv/store.ts'
import type { LeaseAnswer } from './wire.ts'

const AT_ONCE = 32

/**
 * The state of leases by hexadecimal id, with one request per lease, many at once. Leases that are gone are left out.
 * The keys of a lease are left out when this user lacks permission to read one of them.
 */
export async function lookUp(
  cluster: Cluster,
  leases: readonly string[],
  { keys = false, signal }: { keys?: boolean; signal?: AbortSignal } = {},
): Promise<Map<string, StoreLeaseState>> {
  signal?.throwIfAborted()
  const found = new Map<string, StoreLeaseState>()
  const wanted = [...new Set(leases)]
  const unknown: string[] = []
  for (const [at, answer] of (await askInBulk(cluster, wanted, keys, signal)).entries()) {
    const lease = wanted[at] ?? ''
    const state = answer && stateIn(answer, keys)
    if (state) found.set(lease, state)
    else if (!answer) unknown.push(lease)
  }
  const waiting = unknown.values()
  const work = async (): Promise<void> => {
    for (const lease of waiting) {
      const state = await stateOf(cluster, lease, keys, signal)
      if (state) found.set(lease, state)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}

/** What was answered plainly, by place. What was wrong with the others is to be found out one by one. */
async function askInBulk(
  cluster: Cluster,
  leases: readonly string[],
  keys: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly (LeaseAnswer | undefined)[]> {
  const digits = leases.map(leaseDigits)
  const [first] = digits
  if (first === undefined) return []
  return await cluster.read(`look up the lease ${first}`, (member) => member.leaseStates(digits, keys, signal), signal)
}

async function stateOf(
  cluster: Cluster,
  lease: string,
  keys: boolean,
  signal: AbortSignal | undefined,
): Promise<StoreLeaseState | undefined> {
  const request = { lease: leaseDigits(lease), keys }
  const ask = () => cluster.read(`look up the lease ${lease}`, (member) => member.lease(request, signal), signal)
  let state: LeaseAnswer
  try {
    state = await ask()
  } catch (error) {
    if (!keys || !(error instanceof RollcallError) || error.code !== 'forbidden') throw error
    return stateOf(cluster, lease, false, signal)
  }
  return stateIn(state, keys)
}

function stateIn({ granted, ttl: remaining, keys }: LeaseAnswer, withKeys: boolean): StoreLeaseState | undefined {
  return remaining < 0 ? undefined : { granted, remaining, ...(withKeys ? { keys } : {}) }
}
