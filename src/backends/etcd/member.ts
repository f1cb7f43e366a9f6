import { tlsCredentials, tlsOptions } from './tls.ts'
import type { Tls } from '../contract/tls.ts'
import { RECONNECT_BACKOFF, Transport, type EtcdCallOptions } from './transport.ts'
import type { Target } from '../contract/driver.ts'
import { anyOf } from '../../model/signals.ts'
import { type EtcdAnswer, type Method, type EtcdRequest, SERVICE_OF, CallFailure, Status } from './calls.ts'
import { Heartbeats } from './heartbeats.ts'
import { type RangeQuestion, type WatchQuestion, encodeLease, encodeRange, encodeWatch } from './wire-requests.ts'
import { type LeaseAnswer, type RangeAnswer, type WatchAnswer, decodeLease, decodeRange, decodeWatch } from './wire.ts'

/** One member of a cluster: calls with a deadline, and with a token if there is a login. Rejects with a CallFailure. */
export class EtcdMember implements Disposable {
  readonly endpoint: string
  readonly #transport: Transport
  readonly #login: EtcdLogin | undefined
  readonly #timeout: number
  readonly #heartbeats: Heartbeats
  #token: Promise<string | undefined> | undefined

  /** `timeout`: milliseconds for one call. */
  constructor(transport: Transport, login: EtcdLogin | undefined, timeout: number) {
    this.endpoint = transport.endpoint
    this.#transport = transport
    this.#login = login
    this.#timeout = timeout
    this.#heartbeats = new Heartbeats((token) =>
      transport.open('Lease', 'leaseKeepAlive', { token, decode: decodeLease }),
    )
  }

  call<M extends Method>(method: M, request: EtcdRequest<M>, signal?: AbortSignal): Promise<EtcdAnswer<M>> {
    return this.#withToken(signal, (token) => this.#unary<EtcdAnswer<M>>(method, request, { token, signal }))
  }

  range(question: RangeQuestion, signal?: AbortSignal): Promise<RangeAnswer> {
    const request = encodeRange(question)
    const options = { signal, decode: decodeRange, timeout: this.#timeout }
    return this.#withToken(signal, (token) => this.#transport.unary('KV', 'range', request, { token, ...options }))
  }

  /** The state of a lease by its decimal id. */
  lease(question: { readonly ID: string; readonly keys: boolean }, signal?: AbortSignal): Promise<LeaseAnswer> {
    const request = encodeLease(question)
    const options = { signal, decode: decodeLease, timeout: this.#timeout }
    return this.#withToken(signal, (token) =>
      this.#transport.unary('Lease', 'leaseTimeToLive', request, { token, ...options }),
    )
  }

  /** Resolves if the member answers and belongs to a majority. Needs no token. */
  async ping(): Promise<void> {
    const { leader } = await this.#unary<EtcdAnswer<'status'>>('status', {}, {})
    if (leader === '0') throw this.#failure(Status.unavailable, 'etcdserver: no leader')
  }

  /** Sends one heartbeat for a lease by its decimal id. Resolves with the seconds it lasts from now on, 0 when it is gone. */
  keepAlive(id: string, signal?: AbortSignal): Promise<number> {
    const late = (): Error => this.#failure(Status.deadlineExceeded, 'no answer to a heartbeat')
    const options = { signal, timeout: this.#timeout, late }
    return this.#withToken(signal, async (token) => {
      try {
        return await this.#heartbeats.beat(id, { token, ...options })
      } catch (error) {
        signal?.throwIfAborted()
        throw this.#transport.failure(error)
      }
    })
  }

  /** The messages of one watch, until it fails. A refusal is thrown; a compacted start revision is reported as a message. */
  async *watch(question: WatchQuestion, signal: AbortSignal): AsyncGenerator<WatchAnswer, void, undefined> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(this.#failure(Status.deadlineExceeded, 'no watch')), this.#timeout)
    try {
      const token = await this.#currentToken()
      const signals = anyOf(signal, late.signal)
      const options = { token, signal: signals, decode: decodeWatch, wantsLeader: true }
      for await (const answer of this.#transport.stream('Watch', 'watch', encodeWatch(question), options)) {
        clearTimeout(timer)
        if (answer.canceled && answer.compactRevision === 0) throw this.#refused(answer.cancelReason)
        yield answer
      }
      throw this.#ended()
    } catch (error) {
      if (error instanceof CallFailure && error.wantsNewToken) this.#token = undefined
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #withToken<T>(signal: AbortSignal | undefined, act: (token: string | undefined) => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    const token = await this.#currentToken()
    try {
      return await act(token)
    } catch (error) {
      if (token === undefined || !(error instanceof CallFailure) || !error.wantsNewToken) throw error
      this.#token = undefined
      return act(await this.#currentToken())
    }
  }

  /** The token, fetched once for all waiting calls; undefined without a login, or if the server needs none. */
  async #currentToken(): Promise<string | undefined> {
    if (!this.#login) return undefined
    if ('token' in this.#login) return this.#login.token
    this.#token ??= this.#logIn(this.#login)
    try {
      return await this.#token
    } catch (error) {
      this.#token = undefined
      throw error
    }
  }

  async #logIn({ user, password }: Extract<EtcdLogin, { user: string }>): Promise<string | undefined> {
    try {
      const answer = await this.#unary<EtcdAnswer<'authenticate'>>('authenticate', { name: user, password }, {})
      return answer.token
    } catch (error) {
      if (error instanceof CallFailure && error.details.includes('authentication is not enabled')) return undefined
      throw error
    }
  }

  #unary<T>(method: Method, request: object, options: EtcdCallOptions<T>): Promise<T> {
    return this.#transport.unary<T>(SERVICE_OF[method], method, request, { ...options, timeout: this.#timeout })
  }

  #ended(): CallFailure {
    return this.#failure(Status.unavailable, 'the server ended the stream')
  }

  /**
   * The failure in the text of a refused watch, such as `rpc error: code = PermissionDenied desc = etcdserver: permission
   * denied`.
   */
  #refused(reason: string): CallFailure {
    const code = reason.includes('PermissionDenied') ? Status.permissionDenied : Status.unauthenticated
    return this.#failure(code, reason.replace(/^rpc error: code = \w+ desc = /, ''))
  }

  #failure(code: number, details: string): CallFailure {
    return new CallFailure(this.endpoint, { code, details })
  }

  [Symbol.dispose](): void {
    this.#heartbeats[Symbol.dispose]()
    this.#transport[Symbol.dispose]()
  }
}

/** A user and password with which tokens are fetched, or a token issued elsewhere. */
export type EtcdLogin = { readonly user: string; readonly password: string } | { readonly token: string }

/** The login of a target and the name of its user, which a token may contain. */
export function loginOf({ user, password, token }: Target): {
  readonly login?: EtcdLogin
  readonly user?: string | undefined
} {
  if (user !== undefined) return password === undefined ? { user } : { login: { user, password }, user }
  return token === undefined ? {} : { login: { token }, user: userIn(token) }
}

/** The claim `username` of a JWT; the tokens of etcd itself contain no name. */
function userIn(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'username' in claims ? String(claims.username) : undefined
  } catch {
    return undefined
  }
}

/**
 * Milliseconds between pings while a stream is open. Without a stream, etcd treats the third ping as an attack and hangs
 * up.
 */
const KEEPALIVE = 10_000
const KEEPALIVE_TIMEOUT = 5_000
const WINDOW = 4 << 20

/**
 * Loads etcd3 and returns a function that creates the member for an endpoint. `timeout`: milliseconds for one call. Sends
 * nothing before the first call.
 */
export async function connector(tls: Tls | undefined, login: EtcdLogin | undefined, timeout: number) {
  const [{ Etcd3 }, grpc, { noop }] = await Promise.all([import('etcd3'), import('@grpc/grpc-js'), import('cockatiel')])
  const options = {
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
  return (endpoint: string): EtcdMember => {
    const credentials = tls ? tlsCredentials(grpc, tlsOptions(endpoint, tls)) : grpc.credentials.createInsecure()
    // Our own channel, since etcd3 has no option to skip verification or to check another name.
    const channel = new grpc.Channel(endpoint, credentials, options)
    const etcd3 = new Etcd3({
      hosts: endpoint,
      grpcOptions: { ...options, channelOverride: channel },
      faultHandling: { global: noop, host: () => noop },
    })
    const transport = new Transport(endpoint, etcd3, channel)
    return new EtcdMember(transport, login, timeout)
  }
}
