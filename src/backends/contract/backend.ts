import type { Alternative } from './alternative.ts'
import type { Capabilities, RegistrationSettings } from '../../model/capabilities.ts'
import type { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { CanonicalRecords } from '../../model/record-table.ts'
import type { LeaseState, Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { JournalQuery } from './journal.ts'

/** What a scan or a watch is about. */
export interface Scope {
  /** Exact names; all services where it is left out. */
  readonly services?: readonly string[]
  /** One stored key, as `RawRecord.id` shows it. Read alone, `services` is then ignored. */
  readonly rawKey?: string
  /** Only where records of this layout are written; other backends than key-value stores pass over it. */
  readonly layout?: LayoutName
}

export interface ScanOptions {
  readonly signal?: AbortSignal
  /** Also read what costs a request per record or lease (`RawRecord.leaseState`). */
  readonly detail?: boolean
  /** Also the records that hold no instance and are not meant to: folders, where they are stored. */
  readonly structure?: boolean
  /** Canonical records may come as they lie in memory, in a page of their own; those of which detail is read do not. */
  readonly canonical?: boolean
  /** Read as of this revision, where the registry can; otherwise as of now, which the pages tell. */
  readonly revision?: string
}

/** Some records, those of one service together and in key order; every page of a scan has the same revision. */
export interface Page {
  readonly records: readonly RawRecord[]
  /** Where the scan was asked for them: canonical records, and no others in this page. */
  readonly canonical?: CanonicalRecords
  readonly revision?: string
  /** What of the scope this user may not see, as far as the scan has come; absent when he sees it all. */
  readonly unreadable?: string
  /** On the last page: keys of other systems that were not read, such as `/registry (Kubernetes)`. */
  readonly skipped?: readonly string[]
}

export interface EncodeOptions {
  readonly layout?: LayoutName
  readonly weight?: number
  readonly env?: string
  /** Other than up: only in a key-value store, in a layout that holds one. */
  readonly status?: Status
  /** Only those that `Capabilities.settings` names. */
  readonly settings?: RegistrationSettings
}

export interface WriteOptions extends EncodeOptions {
  /** Seconds; null: without a lease; left out: the registry's own default. */
  readonly ttl?: number | null
  /** Take the place of another live record of the same name and id. */
  readonly replace?: boolean
  /** The caller will send heartbeats: what is already there comes under the registration's own lease. */
  readonly keepAlive?: boolean
  readonly signal?: AbortSignal
}

/** One of many, with what is written beside it. */
export interface InstanceToRegister extends EncodeOptions {
  readonly instance: InstanceInit
  /** What `encode` gave for it with the same options and without a layout, where the caller has it. */
  readonly encoded?: readonly RawRecord[]
}

export interface WatchOptions {
  readonly signal: AbortSignal
  /** Tell what came after this revision; left out: after now. */
  readonly since?: string
}

/** A service registry, opened. All writes compare what they saw where the registry can. */
export interface Backend extends AsyncDisposable {
  readonly driver: string
  capabilities(layout: LayoutName | 'auto'): Capabilities
  /** Pages of raw records, streamed; one consistent revision where the registry has one. */
  scan(scope: Scope, options?: ScanOptions): AsyncIterable<Page>
  /** Pure given the time, and never throws. */
  read(record: RawRecord, now: number): Reading
  /** What register would write; throws `usage` for what the registry or the layout cannot hold. Pure. */
  encode(instance: InstanceInit, options: WriteOptions): RawRecord[]
  /** Whether the registry is there. Left out: registering does not create one, so that it is, or every request fails. */
  exists?(): Promise<boolean>
  /** Throws `conflict` when another live record has that name and id, unless told to replace it. */
  register(instance: InstanceInit, options: WriteOptions): Promise<Registration>
  /**
   * Registers many at little more than the cost of the writes: those of which nothing is there yet. In their order: the
   * registration; the error of that instance alone, or `unreachable` or `timeout` where it may have been written; or undefined
   * where nothing was written, because `register` has to look at what is there. Left out where registering one after the other costs no more.
   */
  registerNew?(
    instances: readonly InstanceToRegister[],
    options: WriteOptions,
  ): Promise<(Registration | RollcallError | undefined)[]>
  /**
   * One heartbeat for each of these registrations that have `beatEarly`, in as few requests as it takes. `results` receives what became
   * of each, as soon as it is known. Returns what gives up one of them, by its place. Left out where each heartbeat is a request.
   */
  beatEach?(registrations: readonly Registration[], results: BeatResults): (at: number) => void
  /** Each record is removed only as it was seen. Yields an outcome a record, in any order. */
  remove(records: readonly RawRecord[], options?: { signal?: AbortSignal }): AsyncIterable<Outcome>
  /** One heartbeat for each record. */
  renew?(records: readonly RawRecord[], options?: { signal?: AbortSignal }): Promise<Outcome[]>
  /** One heartbeat for a lease by its hexadecimal id; throws `not-found` when it is gone. */
  renewLease?(lease: string, options?: { signal?: AbortSignal }): Promise<LeaseState>
  /** Takes records out of traffic, or back, and keeps them. */
  setStatus?(
    records: readonly RawRecord[],
    status: Status,
    options?: { reason?: string; signal?: AbortSignal },
  ): Promise<Outcome[]>
  /** Whether `setStatus` can give this record a status. Left out: each one, where the capability says so. Pure. */
  holdsStatus?(record: RawRecord): boolean
  /**
   * Becomes the one of many who marks down what is not renewed: waits until the lock that the registry holds for it is
   * free, and takes it.
   */
  electLeader?(options: ElectionOptions): Promise<Leadership>
  /**
   * Whether heartbeats and changes of status get through to these records from where the URL points. Left out: always,
   * as far as rights go.
   */
  changeable?(records: readonly RawRecord[], options?: { signal?: AbortSignal }): Promise<boolean>
  /** Whom taking an instance out of traffic does not reach, as one sentence for people. */
  readonly offlineLimit?: string
  /**
   * Puts records back byte for byte where nothing has taken their place (else the outcome is `changed`), on the lease that
   * they had where that still lives, else on a new one of the same TTL.
   */
  restore?(records: readonly RestoreRecord[], options?: { signal?: AbortSignal }): AsyncIterable<Outcome>
  /** Ends by throwing: `history-lost` when the revision is gone. Survives lost connections by itself. */
  watch?(scope: Scope, options: WatchOptions): AsyncIterable<WatchMessage>
  /**
   * What is known of leases by their ids, gone ones included. With `keys: false` without their keys, which can take long to
   * find. There iff the registry has leases.
   */
  leases?(
    leases: readonly string[],
    options?: { keys?: boolean; signal?: AbortSignal },
  ): Promise<Map<string, LeaseState>>
  /** The registry's own time in milliseconds since 1970, reckoned from its latest answer; undefined while it tells none. */
  clock?(): number | undefined
  /** Why the registry itself counts an instance as dead, as one sentence; undefined where it does not. purge selects these by default. */
  whyDead(entry: InstanceEntry, now: number): string | undefined
  /** Reads what else it takes to tell what follows a removal, where that costs a request a record: then `removalEffect` knows it. */
  examine?(records: readonly RawRecord[], options?: { signal?: AbortSignal }): Promise<RawRecord[]>
  /** What follows when a record is removed. Pure. */
  removalEffect(record: RawRecord, reading: Reading): RemovalEffect
  /** For a place in which nothing was found: throws `usage` where the registry has no such place. Left out: its scans do. */
  checkPlace?(options?: { signal?: AbortSignal }): Promise<void>
  /**
   * What people should know of the registry itself before they rely on what was read of it, one sentence each: that it keeps what
   * has ended, that its servers disagree.
   */
  remarks?(options?: { signal?: AbortSignal }): Promise<readonly string[]>
  /** What the journal of a server answers, a line each; throws `unsupported` where it keeps none. Left out where there is no server to keep one. */
  journal?(query: JournalQuery): AsyncIterable<object>
  /** Where else records lie that look like ours, for a registry that seems empty. */
  alternatives?(options?: { signal?: AbortSignal }): Promise<Alternative[]>
}

export interface RestoreRecord extends RawRecord {
  /** The TTL in seconds that its lease was granted; null where it had none. */
  readonly ttlGranted: number | null
}

export interface ElectionOptions {
  /** Seconds after which the lock of one who is silent is free; the registry may grant more. */
  readonly ttl: number
  readonly signal?: AbortSignal
  /** Another holds the lock: who, as he says himself. Must not throw. */
  readonly onStandby?: (leader: string) => void
}

/** The lock, held as long as heartbeats come. Disposing gives it up. */
export interface Leadership extends AsyncDisposable, Required<Pick<Registration, 'beat' | 'beatEvery' | 'expiresAt'>> {
  /** As the backend's, each write bound to the lock: once that is lost nothing is written, and the outcome is `changed`. */
  setStatus(records: readonly RawRecord[], status: Status, options?: { signal?: AbortSignal }): Promise<Outcome[]>
}

/** What follows when a record is removed. */
export interface RemovalEffect {
  /** Whoever wrote it, if it lives, will write it again. */
  readonly comesBack: boolean
  /** One sentence, for people. */
  readonly note?: string
  /** What of the record `restore` could not put back, or why it could not be restored at all: one sentence, for people. */
  readonly lost?: string
  /** Why the registry's records of this kind are never removed: one sentence, for people. */
  readonly refused?: string
}

/** What register made or found. Disposing deregisters; `release` leaves it as it is. */
export interface Registration extends AsyncDisposable {
  readonly action: 'created' | 'renewed' | 'replaced' | 'unchanged'
  readonly records: readonly RawRecord[]
  readonly lease?: string
  /** When the records will be gone unless a heartbeat comes, in milliseconds since 1970. */
  readonly expiresAt?: number
  /** When they will be unhealthy, where the registry keeps such ones for a while (until `expiresAt`), or for ever (the same). */
  readonly unhealthyAt?: number
  /** Milliseconds between heartbeats, where the registry wants them. */
  readonly beatEvery?: number
  /** Milliseconds by which a heartbeat may be early to be sent with others, where the registry takes several in one request. */
  readonly beatEarly?: number
  /** `lost`: the registry has forgotten it; register again. Throws when the registry cannot be reached. */
  beat?(signal?: AbortSignal): Promise<'ok' | 'lost'>
  /**
   * Milliseconds that the registry gives it still, without a heartbeat; undefined: it has forgotten it. There where somebody
   * between may have kept it while heartbeats had no answer, as a gRPC proxy of etcd does. Throws when the registry cannot be reached.
   */
  remaining?(signal?: AbortSignal): Promise<number | undefined>
  /** Leaves the records as they are. */
  release(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Receives what became of heartbeats that are sent together, by their places; of each once. */
export interface BeatResults {
  beaten(places: readonly number[]): void
  lost(at: number): void
  failed(at: number, error: unknown): void
}

export type WatchMessage =
  /** All changes of one revision, and nothing else of it will follow. */
  | { readonly is: 'changes'; readonly revision?: string; readonly changes: readonly RecordChange[] }
  /** Registries that answer with a whole service: the client compares. */
  | {
      readonly is: 'state'
      readonly service: string
      readonly records: readonly RawRecord[]
      readonly revision?: string
    }
  /** Nothing happened up to this revision. Without one: the watch has begun, and what follows is read after this was taken. */
  | { readonly is: 'progress'; readonly revision?: string }
  | { readonly is: 'link'; readonly state: 'up' | 'down'; readonly message?: string }

export type RecordChange =
  | { readonly put: RawRecord }
  | { readonly removed: { readonly id: string; readonly service: string } }
