import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import { Status } from './calls.ts'
import type { MessageMemory } from './message-memory.ts'

/** Each message has five bytes before it: whether it is compressed, and its length. */
const HEAD = 5
/** No more is allocated than this before so much has arrived. */
const FIRST_ALLOCATION = 16 << 20

/** The most milliseconds that the header for it can say. */
const LONGEST_TIMEOUT = 99_999_999

interface CallOptions {
  readonly token?: string | undefined
  /** Milliseconds for the call. */
  readonly timeout?: number
  readonly wantsLeader?: boolean
}

/** What a call begins with. */
export function callHeaders(path: string, { token, timeout, wantsLeader }: CallOptions): Record<string, string> {
  return {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'rollcall',
    ...(timeout === undefined ? {} : { 'grpc-timeout': `${Math.min(Math.ceil(timeout), LONGEST_TIMEOUT)}m` }),
    ...(token === undefined ? {} : { token }),
    ...(wantsLeader ? { hasleader: 'true' } : {}),
  }
}

/** A message as gRPC sends it. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + message.length)
  frame[0] = 0
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, HEAD)
  return frame
}

/** Messages as gRPC sends them, one after the other. */
export function framedAll(messages: readonly Uint8Array[]): Buffer {
  const [only] = messages
  return only && messages.length === 1 ? framed(only) : Buffer.concat(messages.map((message) => framed(message)))
}

/** Puts the messages of a stream together. Unless told where they may lie, each is a buffer of its own, so that a record of it keeps no other bytes in memory. */
export class Messages {
  readonly #head = Buffer.alloc(HEAD)
  #message: Buffer | undefined
  #length = 0
  #filled = 0
  readonly #memory: Pick<MessageMemory, 'take'> | undefined

  /** `memory`: where messages may lie, of which then only the latest is valid. */
  constructor(memory?: Pick<MessageMemory, 'take'>) {
    this.#memory = memory
  }

  /** Calls `take` with each message that is complete with this chunk. Throws a GrpcStatus for a compressed one. */
  push(chunk: Buffer, take: (message: Buffer) => void): void {
    for (let at = 0; at < chunk.length; ) {
      at += this.#message ? this.#fill(this.#message, chunk, at) : this.#fillHead(chunk, at)
      if (!this.#message || this.#filled < this.#length) continue
      const message = this.#message.length === this.#length ? this.#message : this.#message.subarray(0, this.#length)
      this.#message = undefined
      this.#filled = 0
      take(message)
    }
  }

  /**
   * The same, with where the bytes of the message lie, which are valid only then: nearly always where they have arrived. For streams of
   * small messages, each of which would cost more to make than to read.
   */
  locate(chunk: Buffer, take: (bytes: Buffer, from: number, to: number) => void): void {
    const whole = (message: Buffer): void => take(message, 0, message.length)
    if (this.#message || this.#filled > 0) {
      this.push(chunk, whole)
      return
    }
    let at = 0
    while (at + HEAD <= chunk.length && chunk[at] === 0) {
      const end = at + HEAD + chunk.readUInt32BE(at + 1)
      if (end > chunk.length) break
      take(chunk, at + HEAD, end)
      at = end
    }
    if (at < chunk.length) this.push(chunk.subarray(at), whole)
  }

  #fillHead(chunk: Buffer, at: number): number {
    const copied = copy(chunk, at, this.#head, this.#filled)
    this.#filled += copied
    if (this.#filled < HEAD) return copied
    if (this.#head[0] !== 0)
      throw new GrpcStatus(Status.internal, 'the response is compressed, which was not asked for')
    this.#filled = 0
    this.#length = this.#head.readUInt32BE(1)
    this.#message = this.#memory?.take(this.#length) ?? Buffer.allocUnsafe(Math.min(this.#length, FIRST_ALLOCATION))
    return copied
  }

  #fill(message: Buffer, chunk: Buffer, at: number): number {
    let to = message
    if (this.#filled === to.length) {
      to = Buffer.allocUnsafe(Math.min(this.#length, 2 * to.length))
      message.copy(to)
      this.#message = to
    }
    const copied = copy(chunk, at, to, this.#filled)
    this.#filled += copied
    return copied
  }
}

/** Bytes that are copied sooner one by one than by Node. */
const FEW = 64

/** As much from a place on as there is, and as fits in from another place on; how much that was. */
function copy(from: Buffer, at: number, to: Buffer, place: number): number {
  const length = Math.min(from.length - at, to.length - place)
  if (length > FEW) return from.copy(to, place, at)
  for (let index = 0; index < length; index++) to[place + index] = from[at + index] ?? 0
  return length
}

/** How a call ended. */
export class GrpcStatus extends Error {
  readonly code: number
  /** Set where the server has not begun with the call, so that it can be made again. */
  readonly isRefused: boolean

  constructor(code: number, details: string, isRefused = false) {
    super(details)
    this.name = 'GrpcStatus'
    this.code = code
    this.isRefused = isRefused
  }
}

/** The end of one stream: the status in its trailers, or what else became of it. */
export class StreamEnd {
  readonly #stream: ClientHttp2Stream
  readonly #session: ClientHttp2Stream['session']
  #http: number | undefined
  #contentType = ''
  #grpc: { readonly code: number; readonly details: string } | undefined
  #error: NodeJS.ErrnoException | undefined

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream
    this.#session = stream.session // a stream that has ended no longer knows it
    stream.on('response', (headers) => {
      this.#http = headers[':status']
      this.#contentType = headers['content-type'] ?? ''
      this.#read(headers)
    })
    stream.on('trailers', (headers) => this.#read(headers))
    stream.on('error', (error) => {
      this.#error = error
    })
  }

  /** Whether what the server sends are messages of gRPC. */
  get isGrpc(): boolean {
    return this.#http === 200 && this.#contentType.startsWith('application/grpc')
  }

  /** Whether the server has said how the call ended. */
  get isKnown(): boolean {
    return this.#grpc !== undefined
  }

  /** Undefined for a call that succeeded. */
  get failure(): GrpcStatus | undefined {
    if (this.#grpc) return this.#grpc.code === 0 ? undefined : new GrpcStatus(this.#grpc.code, this.#grpc.details)
    if (this.#http !== undefined && !this.isGrpc) return notGrpc(this.#http, this.#contentType)
    return cutOff(this.#stream.rstCode, this.#error, this.#session?.destroyed !== false)
  }

  /** Call it after the server has refused the stream: new ones then have a new connection, and those on this one go on. */
  retireConnection(): void {
    this.#session?.close()
  }

  #read(headers: IncomingHttpHeaders): void {
    const code = headers['grpc-status']
    const details = headers['grpc-message']
    if (typeof code === 'string') this.#grpc = { code: Number(code), details: decoded(String(details ?? '')) }
  }
}

/** The text of a status, which is percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function notGrpc(http: number, contentType: string): GrpcStatus {
  const details = `Received HTTP status code ${http}${http === 200 ? ` and ${contentType || 'no content type'}` : ''}`
  return new GrpcStatus(HTTP_STATUS.get(http) ?? Status.unknown, details)
}

/** As gRPC maps them. */
const HTTP_STATUS: ReadonlyMap<number, number> = new Map([
  [400, Status.internal],
  [401, Status.unauthenticated],
  [403, Status.permissionDenied],
  [404, Status.unimplemented],
  [429, Status.unavailable],
  [502, Status.unavailable],
  [503, Status.unavailable],
  [504, Status.unavailable],
])

const {
  NGHTTP2_CANCEL: CANCEL,
  NGHTTP2_ENHANCE_YOUR_CALM: ENHANCE_YOUR_CALM,
  NGHTTP2_REFUSED_STREAM: REFUSED_STREAM,
} = constants

/** The status of a stream that ended without one. */
function cutOff(reset: number | undefined, error: NodeJS.ErrnoException | undefined, isClosed: boolean): GrpcStatus {
  if (reset === REFUSED_STREAM || error?.code === 'ERR_HTTP2_OUT_OF_STREAMS')
    return new GrpcStatus(Status.unavailable, 'the server refused the stream', true)
  if (reset === ENHANCE_YOUR_CALM)
    return new GrpcStatus(Status.resourceExhausted, 'the server asked for fewer requests')
  // Node reports a lost connection as a cancelled stream, or with the error of the connection.
  const isOfTheStream = error === undefined || error.code === 'ERR_HTTP2_STREAM_ERROR'
  if (isClosed || reset === CANCEL || !isOfTheStream)
    return new GrpcStatus(Status.unavailable, isOfTheStream ? 'the connection was lost' : error.message)
  return new GrpcStatus(Status.internal, `the server reset the stream with code ${reset}`)
}
