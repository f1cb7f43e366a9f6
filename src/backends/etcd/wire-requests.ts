import { MessageWriter } from './wire-writer.ts'

/** The fields of a Range request, with bounds as in etcd; without an end it is about one key. */
export interface RangeQuestion {
  readonly key: Uint8Array
  readonly range_end?: Uint8Array
  readonly limit?: number
  readonly revision?: string
  readonly keys_only?: boolean
  readonly count_only?: boolean
}

/** The fields of a request for a new watch. */
export interface WatchQuestion {
  readonly key: Uint8Array
  readonly range_end: Uint8Array
  readonly start_revision?: string
  readonly watch_id?: number
  readonly progress_notify?: boolean
  readonly fragment?: boolean
}

/**
 * Encodes RangeRequest. By hand, like the decoding of responses, so that a command that only lists never loads the codec
 * of etcd3, which takes longer to build than most lists to read. Field numbers: rpc.proto of etcd 3.
 */
export function encodeRange(question: RangeQuestion): Buffer {
  return writeRange(new MessageWriter(), question).finish()
}

/** Encodes a TxnRequest that only reads: a RangeRequest in a RequestOp each. */
export function encodeRanges(questions: readonly RangeQuestion[]): Buffer {
  const to = new MessageWriter()
  for (const each of questions) to.message(2, () => to.message(1, () => writeRange(to, each)))
  return to.finish()
}

/** A key, and the lease that it should be attached to, in sixteen digits. */
export interface LeasedKey {
  readonly key: Uint8Array
  readonly lease: string
}

/**
 * Encodes a TxnRequest that succeeds if each key is attached to its lease. etcd answers that without the records. The count is there
 * because a transaction without operations is answered by a member that may lag behind.
 */
export function encodeLeaseCheck(keys: readonly LeasedKey[]): Buffer {
  const to = new MessageWriter()
  for (const { key, lease } of keys) to.message(1, () => to.number(2, LEASE_TARGET).bytes(3, key).hexadecimal(8, lease))
  const [first] = keys
  if (first) to.message(2, () => to.message(1, () => writeRange(to, { key: first.key, count_only: true })))
  return to.finish()
}

/** Compare.CompareTarget.LEASE */
const LEASE_TARGET = 4

function writeRange(to: MessageWriter, question: RangeQuestion): MessageWriter {
  const { key, range_end, limit, revision, keys_only, count_only } = question
  return to
    .bytes(1, key)
    .bytes(2, range_end)
    .number(3, limit)
    .number(4, revision)
    .flag(8, keys_only)
    .flag(9, count_only)
}

/** Encodes WatchRequest with a WatchCreateRequest in it. */
export function encodeWatch(question: WatchQuestion): Buffer {
  const { key, range_end, start_revision, watch_id, progress_notify, fragment } = question
  const to = new MessageWriter()
  const create = (): void => {
    to.bytes(1, key).bytes(2, range_end).number(3, start_revision).flag(4, progress_notify)
    to.number(7, watch_id).flag(8, fragment)
  }
  return to.message(1, create).finish()
}

/** Encodes WatchRequest with a WatchProgressRequest in it, which concerns all watches on a stream. */
export function encodeProgressRequest(): Buffer {
  return new MessageWriter().message(3, () => {}).finish()
}

/** The most that a request for a lease takes. */
const LEASE_BYTES = 16

/** Encodes LeaseGrantRequest, without an id: etcd chooses one. `ttl`: seconds. */
export function encodeGrant(ttl: number): Buffer {
  return new MessageWriter(LEASE_BYTES).number(1, ttl).finish()
}

/** Encodes LeaseKeepAliveRequest, LeaseRevokeRequest and LeaseTimeToLiveRequest; the last can also ask for keys. The lease is in hexadecimal digits. */
export function encodeLease({ lease, keys }: { readonly lease: string; readonly keys?: boolean }): Buffer {
  return new MessageWriter(LEASE_BYTES).hexadecimal(1, lease).flag(2, keys).finish()
}
