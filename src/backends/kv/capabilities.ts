import type { Capabilities } from '../../model/capabilities.ts'
import type { LayoutName } from '../../model/observed.ts'

/** What a key-value store can do with a layout; `auto` is what some layout can. Light: drivers ask before anything is loaded. */
export function kvCapabilities(layout: LayoutName | 'auto', store: { readonly history: boolean }): Capabilities {
  const leased = layout !== 'aio'
  const livenessInValue = layout === 'aio' || layout === 'auto'
  return {
    ttl: leased,
    lease: leased,
    offline: livenessInValue,
    history: store.history,
    renew: true,
    keepAlive: true,
    watch: true,
    revision: true,
    rawKeys: true,
    guarded: true,
    restore: true,
    namespaces: false,
  }
}
