import { MessageWriter } from './wire-writer.ts'

/** The fields of a Range request, with bounds as in etcd. */
export interface RangeQuestion {
  readonly key: Uint8Array
  readonly range_end: Uint8Array
  readonly limit?: number
  readonly revision?: string
  readonly count_only?: boolean
}

/** The fields of a request for a new watch. */
export interface WatchQuestion {
  readonly key: Uint8Array
  readonly range_end: Uint8Array
  readonly start_revision?: string
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

function writeRange(to: MessageWriter, { key, range_end, limit, revision, count_only }: RangeQuestion): MessageWriter {
  return to.bytes(1, key).bytes(2, range_end).number(3, limit).number(4, revision).flag(9, count_only)
}

/** Encodes WatchRequest with a WatchCreateRequest in it. */
export function encodeWatch({ key, range_end, start_revision, progress_notify, fragment }: WatchQuestion): Buffer {
  const to = new MessageWriter()
  const create = (): void => {
    to.bytes(1, key).bytes(2, range_end).number(3, start_revision).flag(4, progress_notify).flag(8, fragment)
  }
  return to.message(1, create).finish()
}

/** Encodes LeaseKeepAliveRequest and LeaseTimeToLiveRequest; the latter can also ask for keys. The id is decimal. */
export function encodeLease({ ID, keys }: { readonly ID: string; readonly keys?: boolean }): Buffer {
  return new MessageWriter().number(1, ID).flag(2, keys).finish()
}
