import type { Capabilities } from '../../model/capabilities.ts'

/** The same in every layout: a Pod lives by itself, and what is written into it is compared. */
export const CAPABILITIES: Capabilities = {
  ttl: false,
  renew: false,
  keepAlive: true,
  lease: false,
  watch: true,
  history: true,
  revision: true,
  rawKeys: true,
  guarded: true,
  offline: true,
  restore: true,
  namespaces: true,
  settings: ['pod'],
}
