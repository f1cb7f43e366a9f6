import { escapeKey, unescapeKey } from '../../model/key.ts'
import type { LeaseState, RawRecord } from '../../model/record.ts'
import { serviceOf, type Found } from './prefix.ts'
import type { Store, StoreLeaseState } from './store.ts'

export function rawRecordOf(found: Found): RawRecord {
  const { key, value, revision, lease, createdAt, children } = found.record
  const id = escapeKey(key)
  const raw = { id, service: serviceIn(id, found), body: value, revision, lease, createdAt }
  return children === undefined ? raw : { ...raw, children }
}

/** A key without escapes has the service's name in it, as it is. */
function serviceIn(id: string, found: Found): string {
  const { prefix, short } = found
  if (prefix.isRoot || !isKeyItself(id) || !id.startsWith(prefix.shown)) return serviceOf(found.name)
  return id.slice(prefix.shown.length, short ? undefined : id.indexOf('/', prefix.shown.length))
}

/** Whether an escaped key has no escapes. */
export function isKeyItself(id: string): boolean {
  return !id.includes('\\')
}

export function keyOf(record: RawRecord): Uint8Array {
  return unescapeKey(record.id)
}

/** The stored bytes. Another registry's object is no value of a key-value store: it reads as nothing. */
export function valueOf(record: RawRecord): Uint8Array {
  return record.body instanceof Uint8Array ? record.body : new Uint8Array()
}

/** The records with what is known of their leases, each lease looked up once. Of another's session nothing is known. */
export async function withLeaseStates(
  store: Store,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  const leases = new Set(records.flatMap((record) => record.lease ?? []))
  if (leases.size === 0 || store.sessions) return [...records]
  const states = await leaseStates(store, [...leases], signal)
  return records.map((record) => {
    const leaseState = record.lease === undefined ? undefined : states.get(record.lease)
    return leaseState ? { ...record, leaseState } : record
  })
}

/** The records with where the sessions are connected from that they live by. */
export function withAddresses(records: readonly RawRecord[], addresses: ReadonlyMap<string, string>): RawRecord[] {
  return records.map((record) => {
    const heldFrom = record.lease === undefined ? undefined : addresses.get(record.lease)
    return heldFrom === undefined ? record : { ...record, heldFrom }
  })
}

/** A backup of another store, or one that was written by hand, may name what cannot be a lease: it is as one that is gone. */
export function isLeaseId(lease: string): boolean {
  return /^[\da-f]{1,16}$/i.test(lease)
}

export async function leaseStates(
  store: Store,
  leases: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, LeaseState>> {
  const states = await store.lookUp(leases.filter(isLeaseId), { keys: true, signal })
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
