import type { Backend, Registration, RestoreRecord, Scope, Target, WriteOptions } from '../backends/backend.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { WatchEvent } from '../model/change.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { Logger } from '../model/logger.ts'
import type { Entry, InstanceEntry } from '../model/reading.ts'
import type { LeaseState, Outcome, RawRecord } from '../model/record.ts'
import type { Status } from '../model/status.ts'

export interface ClientOptions {
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

/** The entries of one read, in the registry's order, services together. */
export interface EntryScan extends AsyncIterable<Entry> {
  /** The revision of the picture, where the registry has one; known once the first entry came, or the scan ended. */
  readonly revision: string | undefined
}

/** The shared client that every command and every user of the library holds. */
export declare class Client implements AsyncDisposable {
  readonly target: Target
  readonly backend: Backend
  readonly capabilities: Capabilities
  static open(target: Target, options?: ClientOptions): Promise<Client>
  /** Instances merged from their parts, and malformed records, streamed. */
  entries(scope?: Scope, options?: { detail?: boolean; signal?: AbortSignal }): EntryScan
  /** The instances of that id, under one service or under any. Several: it lies in several places. */
  find(
    target: { service?: string; id: string },
    options?: { detail?: boolean; signal?: AbortSignal },
  ): Promise<InstanceEntry[]>
  /** Registers once. Lost connections are tried again 5 times, refusals never. */
  register(instance: InstanceInit, options?: WriteOptions): Promise<Registration>
  /** Registers and keeps it alive until disposed of; see KeepAlive. */
  keepAlive(instance: InstanceInit, options?: KeepAliveOptions): Promise<KeepAlive>
  remove(records: readonly RawRecord[], options?: { signal?: AbortSignal }): AsyncIterable<Outcome>
  renew(records: readonly RawRecord[], options?: { signal?: AbortSignal }): Promise<Outcome[]>
  renewLease(lease: string, options?: { signal?: AbortSignal }): Promise<LeaseState>
  setStatus(
    records: readonly RawRecord[],
    status: Status,
    options?: { reason?: string; signal?: AbortSignal },
  ): Promise<Outcome[]>
  restore(records: readonly RestoreRecord[], options?: { signal?: AbortSignal }): AsyncIterable<Outcome>
  /** A snapshot and `synced`, then what changes, for ever; with `since` no snapshot but what came after it. */
  watch(scope?: Scope, options?: WatchEventsOptions): AsyncIterable<WatchEvent>
  [Symbol.asyncDispose](): Promise<void>
}

export interface WatchEventsOptions {
  readonly since?: string
  readonly signal?: AbortSignal
  /** A renewal time alone is an event too. */
  readonly renewals?: boolean
  /** Only instances for which this holds: one that begins to match is added, one that ceases to is removed. */
  readonly where?: (entry: InstanceEntry) => boolean
}

export interface KeepAliveOptions extends WriteOptions {
  /** How often a lost registration is tried again before giving up; left out: for ever. */
  readonly retries?: number
  readonly onEvent?: (event: KeepAliveEvent) => void
}

export type KeepAliveEvent =
  | { readonly type: 'registered' | 'registered-again'; readonly registration: Registration }
  | { readonly type: 'lost'; readonly message: string }
  | { readonly type: 'retrying'; readonly attempt: number; readonly delay: number; readonly message: string }

/** A registration with its heartbeat. Disposing stops the heartbeat and deregisters; `release` only stops it. */
export interface KeepAlive extends AsyncDisposable {
  readonly registration: Registration
  /** Rejects when it gave up (see `retries`) or was refused; resolves when it was stopped. */
  readonly done: Promise<void>
  release(): Promise<void>
}
