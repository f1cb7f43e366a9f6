import type { BeatResults, Registration } from '../contract/backend.ts'
import type { KvContext } from './context.ts'
import type { LeaseHeartbeat } from './heartbeat.ts'
import { KvRegistration } from './registration.ts'

/**
 * Renews the leases of registrations with one call of the store. Nothing is made for each of them, and no iterator runs over them: a
 * thousand are renewed every few seconds.
 */
export function beatEach(
  { store, now }: Pick<KvContext, 'store' | 'now'>,
  registrations: readonly Registration[],
  results: BeatResults,
): (at: number) => void {
  const sentAt = now()
  const heartbeats = registrations.map(heartbeatOf)
  const held = heartbeats.map((heartbeat, at) => heartbeat.held(registrations[at]?.records ?? []))
  const giveUp = store.keepHoldingEach?.(held, {
    kept(places, ttls) {
      places.forEach((at) => heartbeats[at]?.renewed(sentAt, ttls[at] ?? 0))
      results.beaten(places)
    },
    lost: (at) => results.lost(at),
    failed: (at, error) => results.failed(at, error),
  })
  return giveUp ?? (() => {})
}

function heartbeatOf(registration: Registration): LeaseHeartbeat {
  const heartbeat = registration instanceof KvRegistration ? registration.leaseHeartbeat : undefined
  if (!heartbeat) throw new TypeError('this is not a registration on a lease of this registry')
  return heartbeat
}
