import { anyOf } from '../../model/signals.ts'
import { type Answer, type Method, type Request, SERVICE_OF } from './calls.ts'
import { CallFailure, Status } from './failure.ts'
import { Heartbeats } from './heartbeats.ts'
import type { Login } from './login.ts'
import type { CallOptions, Transport } from './transport.ts'
import { type RangeQuestion, type WatchQuestion, encodeLease, encodeRange, encodeWatch } from './wire-requests.ts'
import { type LeaseAnswer, type RangeAnswer, type WatchAnswer, decodeLease, decodeRange, decodeWatch } from './wire.ts'

/** One member of a cluster: calls with a deadline, and with a token where there are users. Failures are CallFailures. */
export class Member implements Disposable {
  readonly endpoint: string
  readonly #transport: Transport
  readonly #login: Login | undefined
  readonly #timeout: number
  readonly #heartbeats: Heartbeats
  #token: Promise<string | undefined> | undefined

  /** `timeout`: milliseconds that a call may take. */
  constructor(transport: Transport, login: Login | undefined, timeout: number) {
    this.endpoint = transport.endpoint
    this.#transport = transport
    this.#login = login
    this.#timeout = timeout
    this.#heartbeats = new Heartbeats((token) =>
      transport.open('Lease', 'leaseKeepAlive', { token, decode: decodeLease }),
    )
  }

  call<M extends Method>(method: M, request: Request<M>, signal?: AbortSignal): Promise<Answer<M>> {
    return this.#withToken(signal, (token) => this.#unary<Answer<M>>(method, request, { token, signal }))
  }

  range(question: RangeQuestion, signal?: AbortSignal): Promise<RangeAnswer> {
    const request = encodeRange(question)
    const options = { signal, decode: decodeRange, timeout: this.#timeout }
    return this.#withToken(signal, (token) => this.#transport.unary('KV', 'range', request, { token, ...options }))
  }

  /** What is known of a lease by its decimal id. */
  lease(question: { readonly ID: string; readonly keys: boolean }, signal?: AbortSignal): Promise<LeaseAnswer> {
    const request = encodeLease(question)
    const options = { signal, decode: decodeLease, timeout: this.#timeout }
    return this.#withToken(signal, (token) =>
      this.#transport.unary('Lease', 'leaseTimeToLive', request, { token, ...options }),
    )
  }

  /** Whether it answers, and is one of a majority; needs no token. */
  async ping(): Promise<void> {
    const { leader } = await this.#unary<Answer<'status'>>('status', {}, {})
    if (leader === '0') throw this.#failure(Status.unavailable, 'etcdserver: no leader')
  }

  /** One heartbeat for a lease by its decimal id: the seconds it lasts from now on, 0 when it is gone. */
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

  /** The messages of one watch, until it fails. A refusal is a failure; a start that is compacted away is a message. */
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

  /** Logs in once for all who wait; undefined where there is nobody to log in, or no need to. */
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

  async #logIn({ user, password }: Extract<Login, { user: string }>): Promise<string | undefined> {
    try {
      const answer = await this.#unary<Answer<'authenticate'>>('authenticate', { name: user, password }, {})
      return answer.token
    } catch (error) {
      if (error instanceof CallFailure && error.details.includes('authentication is not enabled')) return undefined
      throw error
    }
  }

  #unary<T>(method: Method, request: object, options: CallOptions<T>): Promise<T> {
    return this.#transport.unary<T>(SERVICE_OF[method], method, request, { ...options, timeout: this.#timeout })
  }

  #ended(): CallFailure {
    return this.#failure(Status.unavailable, 'the server ended the stream')
  }

  /** Watches are refused in words: `rpc error: code = PermissionDenied desc = etcdserver: permission denied`. */
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
