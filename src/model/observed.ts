import type { Status } from './status.ts'

/** The layouts in which instances are stored in key-value stores. */
export const LAYOUTS = [
  'kratos',
  'kratos-scheme',
  'aio',
  'plain',
  'go-zero',
  'grpc-naming',
  'kitex',
  'go-micro',
  'goframe',
  'curator',
  'dubbo',
] as const
export type LayoutName = (typeof LAYOUTS)[number]

/** Where an instance is in the registry's own structure; only the parts that the registry has. */
export interface Place {
  readonly namespace?: string
  readonly group?: string
  readonly cluster?: string
  readonly datacenter?: string
  readonly node?: string
}

/** What the registry knows about an instance, apart from the instance itself. Times are milliseconds since 1970. */
export interface Observed {
  readonly status: Status
  readonly reason?: string
  readonly weight?: number
  /** What the registry itself counts it for, chosen or not, unless its metadata have a weight for Kratos' clients. */
  readonly registryWeight?: number
  readonly env?: string
  /** As the registry has them, in their order; of Dubbo's interface level what is offered. Absent where there is none. */
  readonly tags?: readonly string[]
  /** Of a proxy or a gateway of a service mesh, such as `connect-proxy`; absent for every other instance. */
  readonly serviceKind?: string
  /** Seconds: the granted TTL, and what was left of it when it was read. */
  readonly ttl?: { readonly granted?: number; readonly remaining?: number }
  /** Hexadecimal. */
  readonly lease?: string
  /** Other keys that live and die with the same lease. */
  readonly leaseKeys?: readonly string[]
  readonly owner?: string
  readonly registeredAt?: number
  readonly startedAt?: number
  readonly renewedAt?: number
  readonly offlineAt?: number
  readonly place?: Place
  readonly layout?: LayoutName | 'service'
}
