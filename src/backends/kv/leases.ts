import type { RawRecord, LeaseState } from '../../model/record.ts'
import { escapeKey } from '../../model/key.ts'
import type { Store, StoreLeaseState } from './store.ts'
import type { KvContext } from './context.ts'
import { RollcallError } from '../../model/errors.ts'
import { advice } from '../../model/wording.ts'

/**
 * The records with the state of their leases, each lease looked up once. Unchanged in a store of sessions, whose state only
 * their own process knows.
 */
export async function withLeaseStates(
  store: Store,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  const leases = new Set(records.flatMap((record) => record.lease ?? []))
  if (leases.size === 0 || store.sessions) return [...records]
  const states = await leaseStates(store, [...leases], { signal })
  return records.map((record) => {
    const leaseState = record.lease === undefined ? undefined : states.get(record.lease)
    return leaseState ? { ...record, leaseState } : record
  })
}

/** The records with the address from which the session of each is connected, where it is known. */
export function withAddresses(records: readonly RawRecord[], addresses: ReadonlyMap<string, string>): RawRecord[] {
  return records.map((record) => {
    const heldFrom = record.lease === undefined ? undefined : addresses.get(record.lease)
    return heldFrom === undefined ? record : { ...record, heldFrom }
  })
}

/**
 * Whether a text can be the id of a lease. A backup of another store, or one edited by hand, may contain others; they
 * count as expired.
 */
export function isLeaseId(lease: string): boolean {
  return /^[\da-f]{1,16}$/i.test(lease)
}

export async function leaseStates(
  store: Store,
  leases: readonly string[],
  { keys = true, signal }: { keys?: boolean; signal?: AbortSignal } = {},
): Promise<Map<string, LeaseState>> {
  const states = await store.lookUp(leases.filter(isLeaseId), { keys, signal })
  return new Map(leases.map((lease) => [lease, leaseStateOf(lease, states.get(lease))]))
}

export function leaseStateOf(lease: string, state: StoreLeaseState | undefined): LeaseState {
  return {
    lease,
    granted: state?.granted ?? 0,
    remaining: state?.remaining ?? 0,
    keys: (state?.keys ?? []).map(escapeKey).sort(),
  }
}

/**
 * Sends one heartbeat for a lease and resolves with its state. Throws `usage` for an invalid id and `not-found` for a
 * lease that is gone.
 */
export async function renewLease(kv: KvContext, lease: string, signal?: AbortSignal): Promise<LeaseState> {
  if (!/^[0-9a-f]{1,16}$/i.test(lease))
    throw new RollcallError('usage', `"${lease}" is not a valid lease: a lease is up to 16 hexadecimal digits`, {
      hint: `${advice('leaseSource')} shows the lease of an instance`,
    })
  const id = lease.toLowerCase()
  const kept = await kv.store.keepAlive(id, { signal })
  const state = kept && (await kv.store.lookUp([kept.lease], { keys: true, signal })).get(kept.lease)
  if (!state)
    throw new RollcallError('not-found', `there is no lease ${id}: it has expired or was revoked`, {
      hint: 'register the instance again',
    })
  return leaseStateOf(kept.lease, state)
}

/** Revokes a lease without records; an error of the registry is ignored, since the lease expires on its own. */
export async function revokeQuietly(store: Store, lease: string): Promise<void> {
  try {
    await store.revoke(lease)
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
  }
}
