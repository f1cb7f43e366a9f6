import type { LeaseState } from '../../model/record.ts'
import { leaseStates } from './record.ts'
import { renewLease } from './renew.ts'
import { SessionKvBackend } from './session-adapter.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** A registry in any key-value store that has leases, in any layout. It owns the store. */
export class KvBackend extends SessionKvBackend {
  renewLease(lease: string, { signal }: Stop = {}): Promise<LeaseState> {
    return renewLease(this.kv, lease, signal)
  }

  leases(leases: readonly string[], { signal }: Stop = {}): Promise<Map<string, LeaseState>> {
    return leaseStates(this.kv.store, leases, signal)
  }
}
