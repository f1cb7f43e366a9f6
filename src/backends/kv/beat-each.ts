import type { BeatResults, Registration } from '../contract/backend.ts'
import type { KvContext } from './context.ts'
import type { LeaseHeartbeat } from './heartbeat.ts'
import type { HeldLease } from './holding.ts'
import { KvRegistration } from './registration.ts'

/**
 * Renews the leases of registrations with one call of the store. Nothing is made for each of them: a thousand are renewed every few
 * seconds.
 */
export function beatEach(
  { store, now }: Pick<KvContext, 'store' | 'now'>,
  registrations: readonly Registration[],
  results: BeatResults,
): (at: number) => void {
  const sentAt = now()
  const heartbeats: LeaseHeartbeat[] = []
  const held: HeldLease[] = []
  for (const registration of registrations) {
    const heartbeat = registration instanceof KvRegistration ? registration.leaseHeartbeat : undefined
    if (!heartbeat) throw new TypeError('this is not a registration on a lease of this registry')
    heartbeats.push(heartbeat)
    held.push(heartbeat.held(registration.records))
  }
  const giveUp = store.keepHoldingEach?.(held, {
    kept(places, ttls) {
      for (const at of places) heartbeats[at]?.renewed(sentAt, ttls[at] ?? 0)
      results.beaten(places)
    },
    lost: (at) => results.lost(at),
    failed: (at, error) => results.failed(at, error),
  })
  return giveUp ?? (() => {})
}
