import type { Channel, Client, connectivityState, ServiceError } from '@grpc/grpc-js'
import type { Etcd3 } from 'etcd3'
import { onAbort } from '../../model/signals.ts'
import type { Tls } from '../contract/tls.ts'
import { type EtcdAnswer, type EtcdRequest, type Method, CallFailure, Status, wasClosed } from './calls.ts'
import { KEEPALIVE, KEEPALIVE_TIMEOUT, WINDOW } from './limits.ts'
import { tlsCredentials, tlsOptions } from './tls.ts'

// Values of connectivityState in grpc-js, which is loaded late.
const TRANSIENT_FAILURE: connectivityState.TRANSIENT_FAILURE = 3
const READY: connectivityState.READY = 2
const SHUTDOWN: connectivityState.SHUTDOWN = 4
/** The most milliseconds between two attempts to connect. */
const RECONNECT_BACKOFF = 500
/**
 * Milliseconds within which a reconnection is attempted: the back-off, the jitter of grpc-js (a fifth), and time for the
 * attempt on a busy machine.
 */
const RECONNECTS_WITHIN = 1_500

const OPTIONS = {
  'grpc.max_receive_message_length': -1,
  'grpc.keepalive_time_ms': KEEPALIVE,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF,
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  // Requests go to the registry only, not to a proxy, and no DNS server is asked for a configuration.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc-node.flow_control_window': WINDOW,
}

export interface LibraryCallOptions {
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the call. */
  readonly timeout: number
}

/** The definition of a method in etcd3, from etcd's own description of its services. */
interface Definition<T> {
  readonly path: string
  readonly requestSerialize: (request: object) => Buffer
  readonly responseDeserialize: (message: Buffer) => T
}

/**
 * Calls to one endpoint through etcd3, over a connection of its own: logging in, users and roles. It uses the channel and service
 * table of etcd3 but makes the calls itself: those of etcd3 have no deadline, cannot be cancelled, and close the connection for all
 * calls when one of them fails.
 */
export class EtcdLibrary implements Disposable {
  readonly #endpoint: string
  readonly #etcd3: Etcd3
  readonly #channel: Channel

  /** `channel`: the one that the clients of `etcd3` use. */
  private constructor(endpoint: string, etcd3: Etcd3, channel: Channel) {
    this.#endpoint = endpoint
    this.#etcd3 = etcd3
    this.#channel = channel
  }

  /** Loads etcd3. Sends nothing before the first call. */
  static async load(endpoint: string, tls: Tls | undefined): Promise<EtcdLibrary> {
    const [{ Etcd3 }, grpc, { noop }] = await Promise.all([
      import('etcd3'),
      import('@grpc/grpc-js'),
      import('cockatiel'),
    ])
    const credentials = tls ? tlsCredentials(grpc, tlsOptions(endpoint, tls)) : grpc.credentials.createInsecure()
    // Our own channel, since etcd3 has no option to skip verification or to check another name.
    const channel = new grpc.Channel(endpoint, credentials, OPTIONS)
    const etcd3 = new Etcd3({
      hosts: endpoint,
      grpcOptions: { ...OPTIONS, channelOverride: channel },
      faultHandling: { global: noop, host: () => noop },
    })
    return new EtcdLibrary(endpoint, etcd3, channel)
  }

  /** Makes a call. Rejects with a CallFailure or the signal's reason. */
  async call<M extends Method>(
    method: M,
    request: EtcdRequest<M>,
    { token, signal, timeout }: LibraryCallOptions,
  ): Promise<EtcdAnswer<M>> {
    const deadline = { deadline: Date.now() + timeout }
    await this.#reconnecting(timeout)
    signal?.throwIfAborted()
    return await this.#etcd3['pool'].withConnection('Auth', ({ client, metadata }) => {
      if (this.#channel.getConnectivityState(false) === SHUTDOWN) throw wasClosed(this.#endpoint)
      if (token !== undefined) metadata.set('token', token)
      const { path, requestSerialize, responseDeserialize } = definitionOf<EtcdAnswer<M>>(client, method)
      return new Promise<EtcdAnswer<M>>((resolve, reject) => {
        const answered = (error: ServiceError | null, answer?: EtcdAnswer<M>): void => {
          settled()
          if (signal?.aborted) reject(signal.reason)
          else if (error || answer === undefined) reject(this.#failure(error))
          else resolve(answer)
        }
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          deadline,
          answered,
        )
        const settled = onAbort(signal, () => call.cancel())
      })
    })
  }

  /**
   * After a failed connection, a channel fails all calls until a later attempt succeeds. The server may already be back,
   * so a call waits for the next attempt, for at most half of its time.
   */
  async #reconnecting(timeout: number): Promise<void> {
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

  #failure(error: unknown): CallFailure {
    const status = error instanceof Error && 'code' in error && 'details' in error ? error : undefined
    const code = typeof status?.code === 'number' ? status.code : Status.unavailable
    const details = typeof status?.details === 'string' ? status.details : String(error)
    return new CallFailure(this.#endpoint, { code, details })
  }

  [Symbol.dispose](): void {
    this.#channel.close()
  }
}

function definitionOf<T>(client: Client, method: string): Definition<T> {
  return Reflect.get(client, method)
}
