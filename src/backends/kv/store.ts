import { escapeKey } from '../../model/key.ts'
import type { RollcallError } from '../../model/errors.ts'

/**
 * A key-value store as rollcall needs it. It moves bytes and knows no services.
 * Keys are ordered by their bytes. Revisions are decimal strings that only grow. Leases are hexadecimal.
 */
export interface Store extends AsyncDisposable {
  readonly driver: string
  /** Whether a watch can begin at an earlier revision. */
  readonly history: boolean
  /**
   * Set where changes have no order that a reader could see: a scan is no snapshot of one moment, and a watch tells what is
   * there when it looks, not every change on the way. The revision of a page or an event is one that it reaches at least.
   */
  readonly unordered?: boolean
  /** Set where a lease is a session of this process: it beats by itself, nobody else can keep it, and it ends with the process. */
  readonly sessions?: boolean
  /** Seconds a lease lasts when nobody says otherwise, and the least the store grants. */
  readonly ttl: { readonly default: number; readonly least: number }
  /** Pages in key order, all at one revision. An empty range yields one empty page, which has the revision. */
  scan(range: KeyRange, options?: StoreScanOptions): AsyncIterable<StorePage>
  /** The parts of a range that this user may read, in key order; asked after a scan was refused with `forbidden`. */
  readable?(range: KeyRange, options?: { signal?: AbortSignal }): Promise<KeyRange[]>
  /** Counts keys, up to the store's own means; at most `limit` where it has to walk. */
  count(range: KeyRange, options?: { limit?: number; signal?: AbortSignal }): Promise<number>
  /**
   * Guarded operations, an outcome each, in order. No key may stand twice. Any number: the store batches. What it
   * cannot do in one batch, it may refuse operation by operation (`failed`).
   * With `atomic` (at most 100) all are done or none, and then every outcome is `changed`.
   */
  write(
    operations: readonly Operation[],
    options?: { atomic?: boolean; signal?: AbortSignal },
  ): Promise<OperationOutcome[]>
  /** A new lease of so many seconds; the store may grant more. */
  grant(ttl: number, options?: { signal?: AbortSignal }): Promise<StoreLease>
  /** One heartbeat. Undefined: there is no such lease. */
  keepAlive(lease: string, options?: { signal?: AbortSignal }): Promise<StoreLease | undefined>
  /** What is known of leases; `keys` only if asked for. Leases that are gone are left out. */
  lookUp(
    leases: readonly string[],
    options?: { keys?: boolean; signal?: AbortSignal },
  ): Promise<Map<string, StoreLeaseState>>
  /**
   * Whether these keys, at most 100, hang on that lease: there where `lookUp` takes a request for each lease. It may wait for
   * others that ask, so many milliseconds as `patience` says, and asks for all of them at once.
   */
  holds?(
    lease: string,
    keys: readonly Uint8Array[],
    options?: { patience?: number; signal?: AbortSignal },
  ): Promise<boolean>
  /** In a store of sessions: where each is connected from (`host:port`), by lease, as far as the servers tell. */
  sessionAddresses?(options?: { signal?: AbortSignal }): Promise<Map<string, string>>
  /** Ends a lease and all that hangs on it. A lease that is gone is no error. */
  revoke(lease: string, options?: { signal?: AbortSignal }): Promise<void>
  /**
   * Changes in order, whole revisions. A lease that runs out may be no revision of its own: then it is told as a change of the one
   * that was told last. Reconnects by itself, forever, with back-off, telling `link` down and up,
   * without losing or repeating a change. An unordered store says by a first `progress` that it is watching. Throws `history-lost` when the revision asked for, or the one to go on from, is gone;
   * throws `forbidden` or `unauthenticated` when the server says so for good.
   */
  watch(range: KeyRange, options: { since?: string; signal: AbortSignal }): AsyncIterable<StoreEvent>
}

/** From `start`, which is in it, to `end`, which is not. */
export interface KeyRange {
  readonly start: Uint8Array
  readonly end: Uint8Array
}

export interface StoreScanOptions {
  /** Read as of this revision, where the store can; otherwise as of now, which the pages tell. */
  readonly revision?: string
  readonly pageSize?: number
  /** At most so many records in all. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

export interface StorePage {
  readonly records: readonly KvRecord[]
  readonly revision: string
  /** What was met since the page before, and may not be read by this user: keys, and prefixes with a slash at their end. */
  readonly unreadable?: readonly Uint8Array[]
}

export interface KvRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** Of its last change. */
  readonly revision: string
  readonly lease?: string
  /** Milliseconds since 1970, where the store keeps it. */
  readonly createdAt?: number
  /** In a store whose keys are paths in a tree: how many nodes lie right below this one. */
  readonly children?: number
}

/**
 * `beside`: what lies beside the value, as this store told it of a record; other stores pass over it.
 * `expect`: the revision it must have; null: it must not exist; left out: whatever is there.
 * `was`: the value it must have, too, where the store can compare it: revisions of two stores at one address may meet.
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

/** `changed`: it is not as expected, and was left alone; `absent`: there was nothing to delete; `failed`: the error says why. */
export interface OperationOutcome {
  readonly result: 'done' | 'changed' | 'absent' | 'failed'
  readonly error?: RollcallError
  /** Of the change, when it was done. */
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

/** The key that an operation is about. */
export function keyOfOperation(operation: Operation): Uint8Array {
  if ('put' in operation) return operation.put
  return 'delete' in operation ? operation.delete : operation.check
}

const AFTER_SLASH = '0'

/** One key and nothing else. */
export function exactly(key: Uint8Array): KeyRange {
  return { start: key, end: Buffer.concat([key, Buffer.of(0)]) }
}

/** All keys that begin with `{folder}/`. */
export function inside(folder: Uint8Array): KeyRange {
  return {
    start: Buffer.concat([folder, Buffer.from('/')]),
    end: Buffer.concat([folder, Buffer.from(AFTER_SLASH)]),
  }
}

/** The smallest range that has all of these in it. */
export function covering(ranges: readonly KeyRange[]): KeyRange {
  const starts = ranges.map((range) => range.start).sort((a, b) => Buffer.compare(a, b))
  const ends = ranges.map((range) => range.end).sort((a, b) => Buffer.compare(a, b))
  return { start: starts[0] ?? new Uint8Array(), end: ends.at(-1) ?? new Uint8Array() }
}

/** What is left of a range without others, in key order. */
export function without(range: KeyRange, others: readonly KeyRange[]): KeyRange[] {
  const left: KeyRange[] = []
  let { start } = range
  for (const other of others.toSorted((a, b) => Buffer.compare(a.start, b.start))) {
    if (Buffer.compare(start, other.start) < 0) left.push({ start, end: other.start })
    if (Buffer.compare(start, other.end) < 0) start = other.end
  }
  return Buffer.compare(start, range.end) < 0 ? [...left, { start, end: range.end }] : left
}

export function contains(range: KeyRange, key: Uint8Array): boolean {
  return Buffer.compare(range.start, key) <= 0 && Buffer.compare(key, range.end) < 0
}

/** A range for people: the prefix or the key it is where it is one, else both ends. */
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
