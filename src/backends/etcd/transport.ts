import type { Channel, Client, connectivityState, ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js'
import type { Etcd3 } from 'etcd3'
import { onAbort } from '../../model/signals.ts'
import { type Service, CallFailure, Status } from './calls.ts'

// Values of connectivityState in grpc-js, which is loaded late.
const TRANSIENT_FAILURE: connectivityState.TRANSIENT_FAILURE = 3
const READY: connectivityState.READY = 2
const SHUTDOWN: connectivityState.SHUTDOWN = 4
/** The most milliseconds between two attempts to connect. */
export const RECONNECT_BACKOFF = 500
/**
 * Milliseconds within which a reconnection is attempted: the back-off, the jitter of grpc-js (a fifth), and time for the
 * attempt on a busy machine.
 */
const RECONNECTS_WITHIN = 1_500

export interface EtcdCallOptions<T> {
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the call. */
  readonly timeout?: number
  /** End a stream when the member loses its leader; otherwise it would stay open and silent. */
  readonly wantsLeader?: boolean
  /** Decodes the response, instead of the codec of etcd3. */
  readonly decode?: (message: Buffer) => T
}

/** The definition of a method in etcd3, from etcd's own description of its services. */
interface Definition<T> {
  readonly path: string
  readonly requestSerialize: (request: object) => Buffer
  readonly responseDeserialize: (message: Buffer) => T
}

/**
 * The connection to one endpoint. It uses the channel and service table of etcd3 but makes the calls itself: those of
 * etcd3 have no deadline, cannot be cancelled, and close the connection for all calls when one of them fails.
 */
export class Transport implements Disposable {
  readonly endpoint: string
  readonly #etcd3: Etcd3
  readonly #channel: Channel

  /** `channel`: the one that the clients of `etcd3` use. */
  constructor(endpoint: string, etcd3: Etcd3, channel: Channel) {
    this.endpoint = endpoint
    this.#etcd3 = etcd3
    this.#channel = channel
  }

  /**
   * Makes a call with one request and one response. Rejects with a CallFailure or the signal's reason. A Buffer is a
   * request that is already encoded.
   */
  async unary<T>(service: Service, method: string, request: object | Buffer, options: EtcdCallOptions<T>): Promise<T> {
    const { token, signal, timeout, decode } = options
    const deadline = deadlineIn(timeout)
    await this.#reconnecting(timeout)
    signal?.throwIfAborted()
    return await this.#withClient(service, token, (client, metadata) => {
      const { path, requestSerialize, responseDeserialize } = definitionOf<T>(client, method)
      const read = decode ?? responseDeserialize
      return new Promise<T>((resolve, reject) => {
        const answered = (error: ServiceError | null, answer?: T): void => {
          settled()
          if (signal?.aborted) reject(signal.reason)
          else if (error || answer === undefined) reject(this.failure(error))
          else resolve(answer)
        }
        const call = client.makeUnaryRequest(
          path,
          Buffer.isBuffer(request) ? asItIs : requestSerialize,
          read,
          request,
          metadata,
          deadline,
          answered,
        )
        const settled = onAbort(signal, () => call.cancel())
      })
    })
  }

  /** Opens a stream, sends one request and yields the responses. Throws a CallFailure or the signal's reason. */
  async *stream<T>(
    service: Service,
    method: string,
    request: Buffer,
    options: EtcdCallOptions<T>,
  ): AsyncGenerator<T, void, undefined> {
    const { signal } = options
    const stream = await this.open<T>(service, method, options)
    const ended = onAbort(signal, () => stream.cancel())
    stream.on('error', () => {}) // an error after we have stopped reading has no consumer
    stream.write(request)
    try {
      signal?.throwIfAborted()
      for await (const message of stream) {
        const answer: T = message
        yield answer
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw this.failure(error)
    } finally {
      ended()
      stream.cancel()
    }
  }

  /** Opens a stream for encoded requests. `failure` turns its errors into a CallFailure. */
  open<T>(service: Service, method: string, options: EtcdCallOptions<T>): Promise<ClientDuplexStream<Buffer, T>> {
    const { token, timeout, decode, wantsLeader } = options
    return this.#withClient(service, token, (client, metadata) => {
      if (wantsLeader) metadata.set('hasleader', 'true')
      const { path, responseDeserialize } = definitionOf<T>(client, method)
      return client.makeBidiStreamRequest<Buffer, T>(
        path,
        asItIs,
        decode ?? responseDeserialize,
        metadata,
        deadlineIn(timeout),
      )
    })
  }

  #withClient<T>(
    service: Service,
    token: string | undefined,
    act: (client: Client, metadata: Metadata) => T | Promise<T>,
  ): Promise<T> {
    return this.#etcd3['pool'].withConnection(service, ({ client, metadata }) => {
      if (token !== undefined) metadata.set('token', token)
      return act(client, metadata)
    })
  }

  /**
   * After a failed connection, a channel fails all calls until a later attempt succeeds. The server may already be back,
   * so a call waits for the next attempt, for at most half of its time.
   */
  async #reconnecting(timeout = Infinity): Promise<void> {
    let state = this.#channel.getConnectivityState(false)
    if (state !== TRANSIENT_FAILURE) return
    const end = performance.now() + Math.min(timeout / 2, RECONNECTS_WITHIN)
    for (let left = end - performance.now(); state !== READY && state !== SHUTDOWN && left > 0; ) {
      await this.#changeOf(state, Date.now() + left)
      left = end - performance.now()
      state = this.#channel.getConnectivityState(false)
    }
  }

  #changeOf(state: connectivityState, deadline: number): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.watchConnectivityState(state, deadline, () => resolve())
    })
  }

  failure(error: unknown): CallFailure {
    if (error instanceof CallFailure) return error
    const status = error instanceof Error && 'code' in error && 'details' in error ? error : undefined
    const code = typeof status?.code === 'number' ? status.code : Status.unavailable
    const details = typeof status?.details === 'string' ? status.details : String(error)
    return new CallFailure(this.endpoint, { code, details })
  }

  [Symbol.dispose](): void {
    this.#channel.close()
  }
}

function definitionOf<T>(client: Client, method: string): Definition<T> {
  return Reflect.get(client, method)
}

function asItIs(request: object): Buffer {
  return request as Buffer
}

function deadlineIn(timeout: number | undefined): { deadline?: number } {
  return timeout === undefined ? {} : { deadline: Date.now() + timeout }
}
