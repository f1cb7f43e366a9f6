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
export function encodeRange({ key, range_end, limit, revision, count_only }: RangeQuestion): Buffer {
  return Buffer.concat([
    ...bytes(1, key),
    ...bytes(2, range_end),
    ...number(3, limit),
    ...number(4, revision),
    ...flag(9, count_only),
  ])
}

/** Encodes WatchRequest with a WatchCreateRequest in it. */
export function encodeWatch({ key, range_end, start_revision, progress_notify, fragment }: WatchQuestion): Buffer {
  const create = [
    ...bytes(1, key),
    ...bytes(2, range_end),
    ...number(3, start_revision),
    ...flag(4, progress_notify),
    ...flag(8, fragment),
  ]
  return Buffer.concat(bytes(1, Buffer.concat(create)))
}

/** Encodes LeaseKeepAliveRequest and LeaseTimeToLiveRequest; the latter can also ask for keys. The id is decimal. */
export function encodeLease({ ID, keys }: { readonly ID: string; readonly keys?: boolean }): Buffer {
  return Buffer.concat([...number(1, ID), ...flag(2, keys)])
}

function bytes(field: number, value: Uint8Array): Uint8Array[] {
  return [varint(BigInt((field << 3) | 2)), varint(BigInt(value.length)), value]
}

/** Protobuf omits zeros. An infinite limit is omitted too. */
function number(field: number, value: string | number | undefined): Uint8Array[] {
  if (value === undefined || value === Infinity) return []
  return [varint(BigInt(field << 3)), varint(BigInt(value))]
}

function flag(field: number, value: boolean | undefined): Uint8Array[] {
  return value ? [varint(BigInt(field << 3)), varint(1n)] : []
}

function varint(value: bigint): Uint8Array {
  const groups: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...groups, Number(rest))
}
