import type { Capabilities } from '../../model/capabilities.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Store } from './store.ts'

/**
 * What a key-value store can do with a layout; `auto` is the union of all layouts. Loads nothing: drivers need it before
 * they open a store.
 */
export function kvCapabilities(
  layout: LayoutName | 'auto',
  { history, unordered = false, sessions = false }: Pick<Store, 'history' | 'unordered' | 'sessions'>,
): Capabilities {
  const leased = layout !== 'aio'
  const livenessInValue = layout === 'aio' || layout === 'auto'
  return {
    ttl: leased,
    lease: leased && !sessions,
    session: leased && sessions,
    offline: livenessInValue || layout === 'curator',
    history,
    renew: livenessInValue || !sessions,
    keepAlive: true,
    watch: true,
    revision: !unordered,
    rawKeys: true,
    guarded: true,
    restore: true,
    namespaces: false,
    ...(livenessInValue && { monitor: true }),
    settings: sessions ? ['persistent', 'renewInterval'] : ['renewInterval'],
    ...(sessions && { folders: true }),
    // What Dubbo's instances offer.
    ...(sessions && (layout === 'auto' || layout === 'dubbo') && { tags: true }),
  }
}
