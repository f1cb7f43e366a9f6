import { escapeKey } from '../../model/key.ts'
import type { RollcallError } from '../../model/errors.ts'
import type { RecordTable } from '../../model/record-table.ts'
import type { HeldLease, HoldingResults } from './holding.ts'

/**
 * A key-value store as rollcall needs it: keys, values and leases, without any notion of services.
 * Keys are ordered by their bytes. Revisions are increasing decimal strings. Ids of leases are hexadecimal.
 */
export interface Store extends AsyncDisposable {
  readonly driver: string
  /** Whether a watch can begin at an earlier revision. */
  readonly history: boolean
  /**
   * Set where readers see no order of changes: a scan is not a snapshot of one moment, and a watch reports the latest state
   * rather than every change. The revision of a page or an event is then a lower bound.
   */
  readonly unordered?: boolean
  /**
   * Set where a lease is a session of this process: it renews itself, no other process can renew it, and it ends with the
   * process.
   */
  readonly sessions?: boolean
  /** TTLs of leases in seconds: the default, and the least the store grants. */
  readonly ttl: { readonly default: number; readonly least: number }
  /** Pages in key order, all at one revision. An empty range yields one empty page with the revision. */
  scan(range: KeyRange, options?: StoreScanOptions): AsyncIterable<StorePage>
  /**
   * The first page of each of these ranges (at most 100), of no more than `limit` records, all at one revision and with one request. Undefined where they cannot be read
   * together, because this user may not read one of them, for example. Only in stores where each request takes time of its own.
   */
  firstPages?(
    ranges: readonly KeyRange[],
    options?: { revision?: string; limit?: number; tables?: boolean; signal?: AbortSignal },
  ): Promise<readonly FirstPage[] | undefined>
  /** The parts of a range that this user may read, in key order; asked after a scan was refused with `forbidden`. */
  readable?(range: KeyRange, options?: { signal?: AbortSignal }): Promise<KeyRange[]>
  /** The number of keys in a range. A store that has to read them stops counting at `limit`. */
  count(range: KeyRange, options?: { limit?: number; signal?: AbortSignal }): Promise<number>
  /**
   * Carries out guarded operations and resolves with an outcome for each, in order. A key must not occur twice. Any number is
   * allowed: the store splits them into batches, and may refuse single operations (`failed`).
   * With `atomic` (at most 100 operations) all are done, or none; if none, every outcome is `changed`.
   */
  write(
    operations: readonly Operation[],
    options?: { atomic?: boolean; signal?: AbortSignal },
  ): Promise<OperationOutcome[]>
  /** A new lease of `ttl` seconds; the store may grant more. */
  grant(ttl: number, options?: { signal?: AbortSignal }): Promise<StoreLease>
  /** One heartbeat. Undefined when there is no such lease. */
  keepAlive(lease: string, options?: { signal?: AbortSignal }): Promise<StoreLease | undefined>
  /** The state of leases, with their keys if asked for. Leases that are gone are left out. */
  lookUp(
    leases: readonly string[],
    options?: { keys?: boolean; signal?: AbortSignal },
  ): Promise<Map<string, StoreLeaseState>>
  /**
   * One heartbeat, and a look whether these keys, at most 100, are attached to the lease. Undefined when there is no such lease, or
   * one of them is not. Only in stores where `lookUp` costs a request per lease. The look may wait `patience` milliseconds for others,
   * to answer several callers with one request.
   */
  keepHolding?(
    lease: string,
    keys: readonly Uint8Array[],
    options?: { patience?: number; signal?: AbortSignal },
  ): Promise<StoreLease | undefined>
  /** The same for many leases, with no promise for each. Returns what gives up one of them, by its place. There iff `keepHolding` is. */
  keepHoldingEach?(held: readonly HeldLease[], results: HoldingResults): (at: number) => void
  /** In a store of sessions: the client address (`host:port`) of each session by lease, as far as the servers report it. */
  sessionAddresses?(options?: { signal?: AbortSignal }): Promise<Map<string, string>>
  /** Ends a lease and removes its keys. A lease that is already gone causes no error. */
  revoke(lease: string, options?: { signal?: AbortSignal }): Promise<void>
  /**
   * Changes of these ranges in order, in whole revisions; those of keys between the ranges may be among them. Where the expiry of a lease has no revision of its own, it is reported as a
   * change of the latest revision. Reconnects by itself, forever and with back-off, reports `link` down and up, and
   * neither loses nor repeats a change. An unordered store reports a first `progress` once it is watching. Ends when the
   * signal is aborted. Throws `history-lost` when the revision to start or continue from is gone, and `forbidden` or
   * `unauthenticated` when the server refuses for good.
   */
  watch(ranges: readonly KeyRange[], options: { since?: string; signal: AbortSignal }): AsyncIterable<StoreEvent>
}

/** The keys from `start` (included) to `end` (excluded). */
export interface KeyRange {
  readonly start: Uint8Array
  readonly end: Uint8Array
}

export interface StoreScanOptions {
  /** The revision to read at. A store that cannot reads the present state; the pages carry the revision that was read. */
  readonly revision?: string
  readonly pageSize?: number
  /** The most records to yield in all. */
  readonly limit?: number
  /** Give pages as tables, in a store that can: nothing of one is valid when the next one is asked for. */
  readonly tables?: boolean
  readonly signal?: AbortSignal
}

export interface StorePage {
  readonly records: readonly KvRecord[]
  /** All records of the page, where the scan was asked for tables; `records` is then empty. */
  readonly table?: StoreTable
  readonly revision: string
  /** Keys met since the previous page that this user has no permission to read, and prefixes with a slash at their end. */
  readonly unreadable?: readonly Uint8Array[]
}

export interface FirstPage extends StorePage {
  /** What of its range follows it. */
  readonly rest?: KeyRange
}

/** A page of records in one piece of memory. */
export interface StoreTable extends RecordTable {
  /** One of them in memory of its own. */
  record(at: number): KvRecord
}

export interface KvRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** The revision of the last change of the key. */
  readonly revision: string
  readonly lease?: string
  /** Milliseconds since 1970, where the store records it. */
  readonly createdAt?: number
  /** The number of direct children, in a store whose keys are paths in a tree. */
  readonly children?: number
}

/**
 * One guarded change of a key.
 * `beside`: what the same kind of store keeps apart from the value, such as an ACL; other stores ignore it.
 * `expect`: the revision that the key must have; null: it must not exist; left out: any.
 * `was`: the value that the key must have as well, where the store can compare it: two stores that were at the same address can
 * have the same revisions.
 * `check` changes nothing: it binds an atomic write to a key, and is `done` without a revision.
 */
export type Operation =
  | {
      readonly put: Uint8Array
      readonly value: Uint8Array
      readonly lease?: string
      readonly beside?: object
      readonly expect?: string | null
    }
  | { readonly delete: Uint8Array; readonly expect?: string; readonly was?: Uint8Array }
  | { readonly check: Uint8Array; readonly expect: string }

/**
 * `changed`: the key was not as expected and was left alone; `absent`: there was nothing to delete; `failed`: `error`
 * says why.
 */
export interface OperationOutcome {
  readonly result: 'done' | 'changed' | 'absent' | 'failed'
  readonly error?: RollcallError
  /** The revision of the change, if it was done. */
  readonly revision?: string
}

export interface StoreLease {
  readonly lease: string
  /** Seconds granted. */
  readonly ttl: number
}

export interface StoreLeaseState {
  readonly granted: number
  /** Seconds left. */
  readonly remaining: number
  readonly keys?: readonly Uint8Array[]
}

export type StoreEvent =
  | { readonly is: 'changes'; readonly revision: string; readonly changes: readonly StoreChange[] }
  | { readonly is: 'progress'; readonly revision: string }
  | { readonly is: 'link'; readonly state: 'up' | 'down'; readonly message?: string }

export type StoreChange = { readonly put: KvRecord } | { readonly removed: Uint8Array }

/** The key of an operation. */
export function keyOfOperation(operation: Operation): Uint8Array {
  if ('put' in operation) return operation.put
  return 'delete' in operation ? operation.delete : operation.check
}

const AFTER_SLASH = '0'

/** The range of exactly one key. */
export function exactly(key: Uint8Array): KeyRange {
  return { start: key, end: Buffer.concat([key, Buffer.of(0)]) }
}

/** The range of all keys that begin with `{folder}/`. */
export function inside(folder: Uint8Array): KeyRange {
  return {
    start: Buffer.concat([folder, Buffer.from('/')]),
    end: Buffer.concat([folder, Buffer.from(AFTER_SLASH)]),
  }
}

/** The smallest range that covers all of these. */
export function covering(ranges: readonly KeyRange[]): KeyRange {
  const starts = ranges.map((range) => range.start).sort((a, b) => Buffer.compare(a, b))
  const ends = ranges.map((range) => range.end).sort((a, b) => Buffer.compare(a, b))
  return { start: starts[0] ?? new Uint8Array(), end: ends.at(-1) ?? new Uint8Array() }
}

/** The parts of a range outside of all `others`, in key order. */
export function without(range: KeyRange, others: readonly KeyRange[]): KeyRange[] {
  const left: KeyRange[] = []
  let { start } = range
  for (const other of others.toSorted((a, b) => Buffer.compare(a.start, b.start))) {
    if (Buffer.compare(start, other.start) < 0) left.push({ start, end: other.start })
    if (Buffer.compare(start, other.end) < 0) start = other.end
  }
  return Buffer.compare(start, range.end) < 0 ? [...left, { start, end: range.end }] : left
}

/** Whether two ranges have keys in common. */
export function overlap(a: KeyRange, b: KeyRange): boolean {
  return Buffer.compare(a.start, b.end) < 0 && Buffer.compare(b.start, a.end) < 0
}

export function contains(range: KeyRange, key: Uint8Array): boolean {
  return Buffer.compare(range.start, key) <= 0 && Buffer.compare(key, range.end) < 0
}

/** A range as text for messages: its key or prefix where it is one, otherwise both ends. */
export function rangeText(range: KeyRange): string {
  const start = escapeKey(range.start)
  return isPrefix(range) || isKey(range) ? start : `${start} … ${escapeKey(range.end)}`
}

function isKey({ start, end }: KeyRange): boolean {
  return Buffer.compare(exactly(start).end, end) === 0
}

function isPrefix({ start, end }: KeyRange): boolean {
  const last = start.length - 1
  if (last < 0 || start.length !== end.length) return false
  return Buffer.compare(start.subarray(0, last), end.subarray(0, last)) === 0 && end[last] === (start[last] ?? 0) + 1
}
