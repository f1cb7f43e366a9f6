import { constants, type ClientHttp2Stream } from 'node:http2'
import { onAbort, unlessAborted } from '../../model/signals.ts'
import { CallFailure, Status } from './calls.ts'
import { callInBulk } from './bulk-calls.ts'
import type { EtcdConnection, EtcdSession } from './connection.ts'
import { callHeaders, framed, framedAll, GrpcStatus, Messages, StreamEnd } from './grpc.ts'
import type { MessageMemory } from './message-memory.ts'

const { NGHTTP2_CANCEL: CANCEL } = constants

/** The methods that are called without etcd3, by their path. */
export type Path =
  | 'KV/Range'
  | 'KV/Txn'
  | 'Lease/LeaseGrant'
  | 'Lease/LeaseRevoke'
  | 'Lease/LeaseKeepAlive'
  | 'Lease/LeaseTimeToLive'
  | 'Lease/LeaseLeases'
  | 'Cluster/MemberList'
  | 'Maintenance/Status'
  | 'Watch/Watch'

export interface EtcdCallOptions<T> {
  readonly decode: (message: Buffer) => T
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the call. */
  readonly timeout?: number
  /** End a stream when the member loses its leader; otherwise it would stay open and silent. */
  readonly wantsLeader?: boolean
  /** Where the response may lie. */
  readonly memory?: MessageMemory | undefined
}

type StreamOptions = Omit<EtcdCallOptions<unknown>, 'decode'>
type BulkOptions<T> = Pick<EtcdCallOptions<T>, 'decode' | 'token' | 'signal'> & { readonly timeout: number }

/** Receives the answers on a stream. `end` is called once, with a CallFailure unless the server ended it properly. */
export interface StreamReceiver {
  /** `bytes` hold the message from one place to another, and are valid only now. */
  readonly message: (bytes: Buffer, from: number, to: number) => void
  readonly end: (failure: CallFailure | undefined) => void
}

/** A stream that was opened. */
export interface OpenedStream {
  /** Writes requests together. */
  readonly write: (requests: readonly Buffer[]) => void
  /** Writes requests that are framed already. Their bytes must stay as they are. */
  readonly writeFramed: (requests: Buffer) => void
  readonly cancel: () => void
}

/**
 * Calls of gRPC to one endpoint over Node's own HTTP/2, with requests that are encoded and responses that are decoded by
 * hand: all but what is about users, which goes through etcd3.
 */
export class Transport implements Disposable {
  readonly endpoint: string
  readonly #connection: EtcdConnection

  constructor(connection: EtcdConnection) {
    this.endpoint = connection.endpoint
    this.#connection = connection
  }

  /** Makes a call with one request and one response. Rejects with a CallFailure or the signal's reason. */
  async unary<T>(path: Path, request: Uint8Array, options: EtcdCallOptions<T>): Promise<T> {
    const { signal, timeout } = options
    const end = performance.now() + (timeout ?? Infinity)
    try {
      return await this.#attempt(path, request, options, end)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof GrpcStatus && error.isRefused)) throw this.failure(error)
    }
    // The server has not begun with it, because it is about to stop, for example.
    try {
      return await this.#attempt(path, request, options, end)
    } catch (error) {
      signal?.throwIfAborted()
      throw this.failure(error)
    }
  }

  async #attempt<T>(path: Path, request: Uint8Array, options: EtcdCallOptions<T>, end: number): Promise<T> {
    const { signal, decode } = options
    const stream = await this.#open(path, options, end)
    return await new Promise<T>((resolve, reject) => {
      const messages = new Messages(options.memory)
      const ending = new StreamEnd(stream)
      let answer: { readonly decoded: T } | undefined
      let isOver = false
      const settle = (failure: unknown): void => {
        isOver = true
        clearTimeout(timer)
        stopListening()
        if (failure instanceof GrpcStatus && failure.isRefused) ending.retireConnection()
        if (signal?.aborted) reject(signal.reason)
        else if (failure) reject(failure)
        else if (answer) resolve(answer.decoded)
        else reject(new GrpcStatus(Status.internal, 'the response is empty'))
      }
      const giveUp = (failure: unknown): void => {
        settle(failure)
        stream.close(CANCEL)
      }
      const late = (): void => giveUp(new GrpcStatus(Status.deadlineExceeded, 'no answer in time'))
      const timer = end === Infinity ? undefined : setTimeout(late, Math.max(0, end - performance.now()))
      const stopListening = onAbort(signal, () => giveUp(signal?.reason))
      stream.on('data', (chunk: Buffer) => {
        // What comes late must not get into memory that another response may have by now.
        if (!ending.isGrpc || isOver) return
        try {
          messages.push(chunk, (message) => {
            answer = { decoded: decode(message) }
          })
        } catch (error) {
          giveUp(error)
        }
      })
      stream.once('end', () => ending.isKnown && settle(ending.failure))
      stream.once('close', () => settle(ending.failure))
      if (signal?.aborted) giveUp(signal.reason)
      else stream.end(framed(request))
    })
  }

  /**
   * Opens a stream, sends requests and yields the responses. `opened` is given what writes further ones. Throws a CallFailure or
   * the signal's reason.
   */
  async *stream<T>(
    path: Path,
    requests: readonly Uint8Array[],
    options: EtcdCallOptions<T>,
    opened?: (write: OpenedStream['write']) => void,
  ): AsyncGenerator<T, void, undefined> {
    const { signal, decode } = options
    const stream = await this.#open(path, options)
    const ending = new StreamEnd(stream)
    const stopListening = onAbort(signal, () => stream.close(CANCEL))
    const messages = new Messages()
    try {
      signal?.throwIfAborted()
      stream.write(framedAll(requests))
      opened?.((more) => stream.write(framedAll(more)))
      for await (const chunk of stream) {
        if (!ending.isGrpc) continue
        const complete: Buffer[] = []
        messages.push(chunk, (message) => complete.push(message))
        for (const message of complete) yield decode(message)
      }
      signal?.throwIfAborted()
      if (ending.failure) throw ending.failure
    } catch (error) {
      signal?.throwIfAborted()
      throw this.failure(error instanceof GrpcStatus ? error : (ending.failure ?? error))
    } finally {
      stopListening()
      stream.close(CANCEL)
    }
  }

  /** Opens a stream for encoded requests. Rejects with a CallFailure when there is no connection. */
  async open(path: Path, options: Pick<StreamOptions, 'token'>, receiver: StreamReceiver): Promise<OpenedStream> {
    const stream = await this.#open(path, options)
    const ending = new StreamEnd(stream)
    const messages = new Messages()
    let broken: GrpcStatus | undefined
    stream.on('data', (chunk: Buffer) => {
      if (!ending.isGrpc) return
      try {
        messages.locate(chunk, receiver.message)
      } catch (error) {
        broken = error instanceof GrpcStatus ? error : new GrpcStatus(Status.internal, String(error))
        stream.close(CANCEL)
      }
    })
    stream.once('close', () => {
      const failure = broken ?? ending.failure
      receiver.end(failure && this.failure(failure))
    })
    return {
      write: (requests) => stream.write(framedAll(requests)),
      writeFramed: (requests) => stream.write(requests),
      cancel: () => stream.close(CANCEL),
    }
  }

  /**
   * Makes many small calls at once. The answers of those that succeed plainly, by their places, and nothing of the others. Rejects
   * with the signal's reason, or with a CallFailure where there is no connection.
   */
  async bulk<T>(path: Path, requests: readonly Uint8Array[], options: BulkOptions<T>): Promise<(T | undefined)[]> {
    const { decode, signal, timeout } = options
    const session = await this.#session(signal, performance.now() + timeout)
    const headers = callHeaders(`/etcdserverpb.${path}`, options)
    return await callInBulk(session, requests, { headers, decode, patience: timeout, signal })
  }

  /** Opens a stream. After it has been given up, nothing is sent. */
  async #open(path: Path, options: StreamOptions, end = Infinity): Promise<ClientHttp2Stream> {
    const session = await this.#session(options.signal, end)
    try {
      return session.request(callHeaders(`/etcdserverpb.${path}`, options))
    } catch (error) {
      throw this.#connection.neverSent(error) // the connection has ended in this moment
    }
  }

  async #session(signal: AbortSignal | undefined, end: number): Promise<EtcdSession> {
    signal?.throwIfAborted()
    const session = await unlessAborted(this.#within(this.#connection.open(), end), signal)
    // Node 24 may still give a stream of a session that was destroyed in this moment.
    this.#connection.requireOpen()
    return session
  }

  async #within<T>(opening: Promise<T>, end: number): Promise<T> {
    if (end === Infinity || this.#connection.isOpen) return opening
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new Error('no answer in time')
      const giveUp = (): void => reject(this.#connection.neverSent(error, Status.deadlineExceeded))
      timer = setTimeout(giveUp, Math.max(0, end - performance.now()))
    })
    try {
      return await Promise.race([opening, late])
    } finally {
      clearTimeout(timer)
    }
  }

  failure(error: unknown): CallFailure {
    if (error instanceof CallFailure) return error
    const code = error instanceof GrpcStatus ? error.code : Status.unavailable
    return new CallFailure(this.endpoint, { code, details: error instanceof Error ? error.message : String(error) })
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}
