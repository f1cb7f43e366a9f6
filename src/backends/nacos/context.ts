import type { Capabilities } from '../../model/capabilities.ts'
import type { Logger } from '../../model/logger.ts'
import type { Target } from '../contract/driver.ts'
import type { NacosApi } from './api.ts'

/** Where in Nacos a target works: what its URL and settings say, with Nacos' own defaults. */
export interface NacosPlace {
  /** Before every path: `/nacos`. */
  readonly contextPath: string
  readonly namespace: string
  /** The group of service names that do not include one. */
  readonly group: string
  /** `register` writes into it; reads are limited to it only where the URL names it. */
  readonly cluster: string
  readonly readsAllClusters: boolean
  /** The scheme of instances that do not store one. */
  readonly kind: string | undefined
}

/** What the parts of this backend work on: the API, and the place in Nacos. */
export interface NacosContext extends NacosPlace {
  readonly api: NacosApi
  readonly allNamespaces: boolean
  readonly logger: Logger
  /** Namespaces that nobody has created, once they were warned of. */
  readonly warnedOf: Set<string>
}

/** The place that a target names. Pure. */
export function placeIn({ url, namespace }: Pick<Target, 'url' | 'namespace'>): NacosPlace {
  const { group, cluster, kind } = url.query
  return {
    contextPath: url.path === '' ? '/nacos' : url.path.replace(/\/+$/, ''),
    namespace: namespace ?? 'public',
    group: group ?? 'DEFAULT_GROUP',
    cluster: cluster ?? 'DEFAULT',
    readsAllClusters: cluster === undefined,
    kind,
  }
}

/** The same in every layout and version. */
export const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: false,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: true,
  namespaces: true,
  settings: ['persistent'],
}
