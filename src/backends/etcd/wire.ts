import type { KvRecord, StoreChange } from '../kv/store.ts'

/** The answer to a Range request. */
export interface RangeAnswer {
  readonly revision: string
  /** The number of records, and the bytes of the whole message. */
  readonly length: number
  readonly bytes: number
  /** Decodes some of the records. Decoding a few at a time keeps memory low. */
  records(from: number, to: number): KvRecord[]
  readonly more: boolean
  readonly count: number
}

/** One message of a Watch stream. */
export interface WatchAnswer {
  readonly revision: number
  readonly created: boolean
  readonly canceled: boolean
  /** The first revision of the history if the one asked for is compacted, otherwise 0. */
  readonly compactRevision: number
  readonly cancelReason: string
  /** More of the same revision follows. */
  readonly fragment: boolean
  readonly changes: readonly { readonly revision: number; readonly change: StoreChange }[]
}

/** The response to a heartbeat or to a query for a lease. */
export interface LeaseAnswer {
  readonly lease: string
  /** Seconds left; 0 or less when the lease is gone. */
  readonly ttl: number
  readonly granted: number
  readonly keys: readonly Buffer[]
}

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/**
 * Decodes RangeResponse. By hand, like messages of watches: these two carry all the data, and a reader of only the fields that
 * rollcall uses is twice as fast as the codec of etcd3. Field numbers: rpc.proto and kv.proto of etcd 3.
 */
export function decodeRange(message: Buffer): RangeAnswer {
  const from = new Fields(message)
  const places: number[] = []
  let [revision, more, count] = [0, false, 0]
  for (let field = from.next(message.length); field !== 0; field = from.next(message.length)) {
    if (field === 1) revision = headerRevision(from)
    else if (field === 2) places.push(from.pass())
    else if (field === 3) more = from.number() !== 0
    else if (field === 4) count = from.number()
    else from.skip()
  }
  const records = (first: number, end: number): KvRecord[] =>
    places.slice(first, end).map((place) => keyValue(new Fields(message, place)).record)
  return { revision: String(revision), length: places.length, bytes: message.length, records, more, count }
}

/** Decodes WatchResponse. */
export function decodeWatch(message: Buffer): WatchAnswer {
  const from = new Fields(message)
  const changes: WatchAnswer['changes'][number][] = []
  let [revision, compactRevision, cancelReason] = [0, 0, '']
  let [created, canceled, fragment] = [false, false, false]
  for (let field = from.next(message.length); field !== 0; field = from.next(message.length)) {
    if (field === 1) revision = headerRevision(from)
    else if (field === 3) created = from.number() !== 0
    else if (field === 4) canceled = from.number() !== 0
    else if (field === 5) compactRevision = from.number()
    else if (field === 6) cancelReason = from.bytes().toString()
    else if (field === 7) fragment = from.number() !== 0
    else if (field === 11) changes.push(event(from))
    else from.skip()
  }
  return { revision, created, canceled, compactRevision, cancelReason, fragment, changes }
}

/** Decodes LeaseKeepAliveResponse and LeaseTimeToLiveResponse; the latter has the same fields and more. */
export function decodeLease(message: Buffer): LeaseAnswer {
  const from = new Fields(message)
  const keys: Buffer[] = []
  let [lease, ttl, granted] = ['', 0, 0]
  for (let field = from.next(message.length); field !== 0; field = from.next(message.length)) {
    if (field === 2) lease = from.hexadecimal()
    else if (field === 3) ttl = from.number()
    else if (field === 4) granted = from.number()
    else if (field === 5) keys.push(from.bytes())
    else from.skip()
  }
  return { lease, ttl: ttl > Number.MAX_SAFE_INTEGER ? -1 : ttl, granted, keys }
}

function headerRevision(from: Fields): number {
  const end = from.length()
  let revision = 0
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 3) revision = from.number()
    else from.skip()
  }
  return revision
}

function event(from: Fields): WatchAnswer['changes'][number] {
  const end = from.length()
  let [removed, found] = [false, NOTHING]
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) removed = from.number() === 1
    else if (field === 2) found = keyValue(from)
    else from.skip()
  }
  const { revision, record } = found
  return { revision, change: removed ? { removed: record.key } : { put: record } }
}

interface Found {
  readonly revision: number
  readonly record: KvRecord
}

const EMPTY: Buffer = Buffer.alloc(0)
const NOTHING: Found = { revision: 0, record: { key: EMPTY, value: EMPTY, revision: '0' } }

function keyValue(from: Fields): Found {
  const end = from.length()
  let key = EMPTY
  let value = EMPTY
  let revision = 0
  let lease: string | undefined
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) key = from.bytes()
    else if (field === 3) revision = from.number()
    else if (field === 5) value = from.bytes()
    else if (field === 6) lease = from.hexadecimal()
    else from.skip()
  }
  return { revision, record: { key, value, revision: String(revision), lease } }
}

/** Reads protobuf's wire format: a tag before each field, little-endian groups of seven bits. */
class Fields {
  readonly #message: Buffer
  #at: number
  #type = VARINT

  constructor(message: Buffer, at = 0) {
    this.#message = message
    this.#at = at
  }

  /** The number of the next field before `end`, or 0. */
  next(end: number): number {
    if (this.#at >= end) return 0
    const tag = this.number()
    this.#type = tag & 7
    return tag >>> 3
  }

  /** Exact up to 2^53, which revisions stay below. */
  number(): number {
    let [value, unit] = [0, 1]
    for (;;) {
      const byte = this.#message[this.#at++] ?? 0
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
      unit *= 0x80
    }
  }

  /** All 64 bits of a lease, as sixteen digits. */
  hexadecimal(): string {
    let low = 0
    let middle = 0
    let high = 0
    for (let place = 0; place < 10; place++) {
      const byte = this.#message[this.#at++] ?? 0
      const bits = (byte & 0x7f) << (7 * (place & 3))
      if (place < 4) low |= bits
      else if (place < 8) middle |= bits
      else high |= bits
      if (byte < 0x80) break
    }
    return digits(high & 0xff).slice(-2) + digits(middle) + digits(low)
  }

  /** Reads the length of a nested message and returns where it ends. */
  length(): number {
    const length = this.number()
    return this.#at + length
  }

  /** Skips a nested message and returns where it begins. */
  pass(): number {
    const place = this.#at
    this.#at = this.length()
    return place
  }

  /** A view, no copy. */
  bytes(): Buffer {
    const end = this.length()
    const bytes = this.#message.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  skip(): void {
    if (this.#type === VARINT) this.number()
    else if (this.#type === BYTES) this.#at = this.length()
    else this.#at += this.#type === FIXED64 ? 8 : 4
  }
}

function digits(bits28: number): string {
  return (bits28 + 0x1000_0000).toString(16).slice(1)
}
