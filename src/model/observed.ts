import type { Status } from './status.ts'

/** How an instance lies in a key-value store. */
export const LAYOUTS = ['kratos', 'kratos-scheme', 'aio', 'plain'] as const
export type LayoutName = (typeof LAYOUTS)[number]

/** Where in the registry's own order an instance lies. */
export interface Place {
  readonly namespace?: string
  readonly group?: string
  readonly cluster?: string
  readonly datacenter?: string
  readonly node?: string
}

/** What the registry says of an instance, apart from the instance itself. Times are milliseconds since 1970. */
export interface Observed {
  readonly status: Status
  readonly reason?: string
  readonly weight?: number
  readonly env?: string
  /** Seconds: what was granted, and what was left when it was read. */
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
