import type { Channel, Client, connectivityState, ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js'
import type { Etcd3 } from 'etcd3'
import { onAbort } from '../../model/signals.ts'
import { type Service, CallFailure, Status } from './calls.ts'

// Of grpc-js' connectivityState, which is loaded late.
const TRANSIENT_FAILURE: connectivityState.TRANSIENT_FAILURE = 3
const READY: connectivityState.READY = 2
const SHUTDOWN: connectivityState.SHUTDOWN = 4
/** Milliseconds between two attempts, at most. */
export const RECONNECT_BACKOFF = 500
/** The same with grpc-js' jitter of a fifth, and time for the attempt itself where the machine has much to do. */
const RECONNECTS_WITHIN = 1_500

export interface EtcdCallOptions<T> {
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds. */
  readonly timeout?: number
  /** End a stream when the member loses its leader: it would go on, and tell nothing. */
  readonly wantsLeader?: boolean
  /** Instead of the library's own. */
  readonly decode?: (message: Buffer) => T
}

/** What etcd3 knows of a method from etcd's own description of its services. */
interface Definition<T> {
  readonly path: string
  readonly requestSerialize: (request: object) => Buffer
  readonly responseDeserialize: (message: Buffer) => T
}

/**
 * One endpoint's connection. It takes channel and service table from etcd3 and makes the calls itself: etcd3's own
 * know no deadline, cannot be given up, and close the connection under others when one of them fails.
 */
export class Transport implements Disposable {
  readonly endpoint: string
  readonly #etcd3: Etcd3
  readonly #channel: Channel

  /** `channel` is the one that etcd3's clients use. */
  constructor(endpoint: string, etcd3: Etcd3, channel: Channel) {
    this.endpoint = endpoint
    this.#etcd3 = etcd3
    this.#channel = channel
  }

  /** Rejects with a CallFailure, or with the signal's reason. A request that is a Buffer is encoded already. */
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

  /** Opens a stream, sends one request and yields what comes. Throws a CallFailure, or the signal's reason. */
  async *stream<T>(
    service: Service,
    method: string,
    request: Buffer,
    options: EtcdCallOptions<T>,
  ): AsyncGenerator<T, void, undefined> {
    const { signal } = options
    const stream = await this.open<T>(service, method, options)
    const ended = onAbort(signal, () => stream.cancel())
    stream.on('error', () => {}) // one that comes after we have left is nobody's
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

  /** Opens a stream that takes encoded requests. What it fails with, `failure` explains. */
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
   * A channel that could not connect fails all calls with that until a later attempt has succeeded. The server may be
   * back already, so who asks meanwhile waits for the next attempt, with half of its time left for the call itself.
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
