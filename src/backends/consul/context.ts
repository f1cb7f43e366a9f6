import type { Capabilities } from '../../model/capabilities.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { CatalogQueries } from './catalog-queries.ts'

/** What the parts of the backend share. */
export interface ConsulContext {
  readonly catalog: CatalogQueries
  /** How records are recognized when they are read, and what is written unless a layout is named. */
  readonly layout: LayoutName | 'auto'
  /** Milliseconds that a request may take. */
  readonly timeout: number
}

/** The same in every layout: a record is Consul's own, and a layout only says what is written into it. */
export const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: true,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: false,
  namespaces: true,
  tags: true,
  settings: ['checkHttp', 'checkTcp', 'noChecks', 'checkInterval', 'checkTimeout', 'deregisterAfter'],
}
