import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { Logger } from '../../model/logger.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Backend, WriteOptions } from '../contract/backend.ts'

export interface Stop {
  /** Of who asked: a request ends with it, and throws its reason. */
  readonly signal?: AbortSignal | undefined
}

export interface OccupantsOptions extends Stop {
  readonly instance: InstanceInit
  /** Only what can be replaced at all; what cannot is left out. */
  readonly replace: boolean
}

export interface PutOptions<R> extends Stop {
  /** What is there, as it was seen a moment ago; undefined where there was nothing. */
  readonly expect: R | undefined
  /** It comes from a backup, and its status with it. */
  readonly restored: boolean
}

export interface HeartbeatOptions extends Stop {
  /** Reads what is there, once for many records and only where it is called. */
  readonly look: () => Promise<LookResult>
}

export interface StatusOptions extends Stop {
  /** One of `statuses`. */
  readonly status: Status
  /** For people. */
  readonly reason: string | undefined
}

export interface LateOptions<R> extends Stop {
  readonly change: 'put' | 'delete'
  /** What reads show. */
  readonly now: R | undefined
}

/** How long reads may take to show a change, in milliseconds. Between two looks `first`, then twice as long, up to `most`. */
export interface Visibility {
  readonly within: number
  readonly first: number
  readonly most: number
}

/** How long a record lives, in milliseconds. */
export interface Life {
  /** Between two heartbeats, or two looks where the registry wants none. */
  readonly beatEvery: number
  /** After the last heartbeat; left out where that says nothing of its health. */
  readonly unhealthyAfter?: number
  /** After the last heartbeat; left out where it stays. */
  readonly endsAfter?: number
}

/** Who is where an instance is to be registered. */
export interface Occupants<R> {
  /** What lies in the place of each wanted record, in their order. */
  readonly own: readonly (R | undefined)[]
  /** What else goes when the instance is registered: its other parts, and whatever has its id or its address. */
  readonly rivals: readonly R[]
}

/** What a look finds of a record: as it was, with other content, or not at all. */
export type LookResult = 'unchanged' | 'changed' | 'gone'

/**
 * A registry with records of its own: what it is, and one request for each thing that can be done to one record. `R` is its
 * records with their bodies known. `CatalogueBackend` makes a `Backend` of it.
 *
 * Every method may throw a RollcallError; in a change of many it is the outcome of that record, `unsupported` by its code.
 */
export interface Catalogue<R extends RawRecord = RawRecord>
  extends Pick<
    Backend,
    | 'driver'
    | 'scan'
    | 'read'
    | 'whyDead'
    | 'removalEffect'
    | 'watch'
    | 'examine'
    | 'alternatives'
    | 'offlineLimit'
    | 'changeable'
    | 'clock'
    | 'checkPlace'
    | 'remarks'
    | typeof Symbol.asyncDispose
  > {
  /** As people call it: `Polaris`. */
  readonly title: string
  /** `guarded`: `put`, `delete` and `setStatus` compare in the registry. Elsewhere records are read again just before. */
  readonly capabilities: Capabilities
  readonly logger: Logger
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Requests at the same time. */
  readonly atOnce: number
  /** Records changed between two readings, many where one reads a whole service; 1 where one reads a record: each right before. */
  readonly batch: number
  /** Left out: reads show a change at once. */
  readonly visible?: Visibility
  /** Those that `setStatus` takes. There where `capabilities.offline` is. */
  readonly statuses?: readonly Status[]

  /** All that would be written for an instance, its TTL too, without revisions. Pure; throws `usage` for what cannot be. */
  encode(instance: InstanceInit, options: WriteOptions): R[]
  /** The same record with its body known; undefined for one that did not come from a registry of this kind. Pure. */
  own(record: RawRecord): R | undefined
  /**
   * Whether what is there says what is wanted: all of it, or it need only be written once more (another TTL), or it is
   * something else. Its health, and whether it is out of traffic, are no part of that. Pure.
   */
  compare(wanted: R, there: R): 'equal' | 'outdated' | 'other'
  /** Whether it holds its place, so that taking it takes `--replace`. `now` in milliseconds. Pure. */
  isLive(record: R, now: number): boolean
  /**
   * Whether what is there still is what a registration wrote, although an operator may have changed something of it. Left
   * out: what compares as equal. Pure.
   */
  isOurs?(written: R, there: R): boolean
  /**
   * How a written record is kept alive; undefined where nobody has to. Left out: none has to be. One whose heartbeat is
   * unneeded ends by nothing that is said here. Pure.
   */
  life?(written: R, options: WriteOptions): Life | undefined
  /** Whether it is out of traffic. There where `visible` and `statuses` are. Pure. */
  isOut?(record: R): boolean

  /** What lies under the ids of these records now, by id. */
  current(records: readonly R[], signal?: AbortSignal): Promise<ReadonlyMap<string, R>>
  occupants(wanted: readonly R[], options: OccupantsOptions): Promise<Occupants<R>>
  /**
   * Writes one record in the place of `expect`. Resolves to the record as the registry has it, where its answer tells
   * (undefined: as wanted), or to `changed` where a guarded registry found something else. An answer with the revision of
   * `expect` says that nothing is left to be shown: what is there already says the same. One with another id than `expect`
   * lies beside that, which is then removed.
   */
  put(record: R, options: PutOptions<R>): Promise<R | 'changed' | undefined>
  /**
   * Removes one record. Where the registry is guarded the record's own revision is what is expected; one without a revision
   * was wanted, and nobody knows whether it was written.
   */
  delete(record: R, options: Stop): Promise<'done' | 'absent' | 'changed'>
  /**
   * Sends one heartbeat. `unneeded`: the record lives without. A registry that takes heartbeats for what is gone, too, looks
   * first.
   */
  beat?(record: R, options: HeartbeatOptions): Promise<'ok' | 'lost' | 'changed' | 'unneeded'>
  setStatus?(record: R, options: StatusOptions): Promise<'done' | 'absent' | 'changed'>

  /**
   * After a change that reads still do not show: does about it what can be done, or throws. Resolves to whether something was
   * done, so that it is worth another look.
   */
  late?(record: R, options: LateOptions<R>): Promise<boolean>
  /** Before anything is removed: why some records must not be, by id. For what takes a look at all of the registry. */
  refuseToDelete?(records: readonly R[], signal?: AbortSignal): Promise<ReadonlyMap<string, Error>>
}
