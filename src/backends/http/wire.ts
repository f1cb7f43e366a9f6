import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { LeaseState, Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { RemovalEffect, Registration } from '../contract/backend.ts'

// What `rollcall serve` and this backend send to each other below /registry/records, in addition to the AIO registry's API.

/** What `GET /registry/capabilities` answers: what the registry behind the server supports, and how it stores instances. */
export interface Description {
  /** Of the registry behind the server. */
  readonly driver: string
  readonly capabilities: Capabilities
  /** In a key-value store: how instances are written, and where. */
  readonly layout?: LayoutName
  readonly prefix?: string
  readonly offlineLimit?: string
  /** Of the rollcall that serves it; left out by older ones. */
  readonly version?: string
  /** What the token of the request stands for: `viewer`, `editor` or `admin`, and the services it is for, all where there are none. */
  readonly role?: string
  readonly services?: readonly string[]
}

/** A raw record, and the server's reading of it. */
export interface WireRecord
  extends Pick<RawRecord, 'id' | 'service' | 'revision' | 'lease' | 'createdAt' | 'children'> {
  /** In base64; there where the registry stores bytes. */
  readonly value?: string
  /** There where the registry stores objects. */
  readonly object?: object
  readonly leaseState?: LeaseState
  readonly reading: Reading
  /** Why the registry reports it as dead; left out where it does not. */
  readonly whyDead?: string
  readonly removalEffect?: RemovalEffect
}

/** One line of `GET /registry/records`; the last one is the end, or the error that ended it. */
export type Line =
  | { readonly records: readonly WireRecord[]; readonly revision?: string; readonly unreadable?: string }
  | { readonly end: true }
  | { readonly error: { readonly code: number; readonly msg: string } }

/** What `POST /registry/records` takes. */
export interface RegisterRequest {
  readonly instance: InstanceInit
  readonly ttl?: number | null
  readonly weight?: number
  readonly env?: string
  readonly replace?: boolean
  readonly keepAlive?: boolean
}

/** Times in milliseconds. */
export interface RegisterAnswer extends Pick<Registration, 'action' | 'expiresAt' | 'unhealthyAt' | 'beatEvery'> {
  readonly records: readonly WireRecord[]
}

/** What `POST /registry/records/remove`, `…/renew` and `…/status` take. */
export interface ChangeRequest {
  readonly records: readonly WireMark[]
  /** `…/status` alone. */
  readonly status?: Status
  readonly reason?: string
}

/** Names a record to change; without a revision, whatever it says now. */
export interface WireMark {
  readonly id: string
  readonly service: string
  readonly revision?: string
  /** The id of its instance, by which the server finds it sooner. */
  readonly instance?: string
}

export interface WireOutcome extends Pick<Outcome, 'id' | 'result'> {
  readonly error?: { readonly code: number; readonly msg: string }
  /** Of a renewal: the record as it was before. */
  readonly before?: WireRecord
}

/** One event of `GET /registry/records/watch`. */
export interface WireChanges {
  readonly put: readonly WireRecord[]
  readonly removed: readonly { readonly id: string; readonly service: string }[]
}
