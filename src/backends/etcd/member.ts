import type { ITxnRequest } from 'etcd3'
import type { Tls } from '../contract/tls.ts'
import { EtcdConnection } from './connection.ts'
import { EtcdLibrary } from './library.ts'
import { type OpenedStream, type Path, Transport } from './transport.ts'
import { anyOf } from '../../model/signals.ts'
import { type EtcdAnswer, type Method, type EtcdRequest, CallFailure, Status, wasClosed, wasRefused } from './calls.ts'
import type { MessageMemory } from './message-memory.ts'
import type { SentTogether } from './heartbeat-batch.ts'
import { HeartbeatStream } from './heartbeat-stream.ts'
import type { EtcdLogin } from './login.ts'
import type { PageMemory } from './page-memory.ts'
import { type TransactionAnswer, decodeTransaction, encodeTransaction } from './wire-transactions.ts'
import * as wire from './wire-requests.ts'
import type { RangeQuestion, WatchQuestion } from './wire-requests.ts'
import {
  type LeaseAnswer,
  type RangeAnswer,
  type RangeAnswers,
  type WatchAnswer,
  decodeLease,
  decodeRange,
  decodeRanges,
  decodeWatch,
} from './wire.ts'
import { type ListedMember, type MemberStatus, decodeLeases, decodeMembers, decodeStatus } from './wire-status.ts'

/** One member of a cluster: calls with a deadline, and with a token if there is a login. Rejects with a CallFailure. */
export class EtcdMember implements Disposable {
  readonly endpoint: string
  readonly #transport: Transport
  readonly #loadLibrary: () => Promise<EtcdLibrary>
  readonly #login: EtcdLogin | undefined
  readonly #timeout: number
  readonly #heartbeats: HeartbeatStream
  #library: Promise<EtcdLibrary> | undefined
  #isClosed = false
  #token: Promise<string | undefined> | undefined

  /** `timeout`: milliseconds for one call. Nothing is sent before the first call. */
  constructor(endpoint: string, tls: Tls | undefined, login: EtcdLogin | undefined, timeout: number) {
    const transport = new Transport(new EtcdConnection(endpoint, tls, timeout))
    this.endpoint = endpoint
    this.#transport = transport
    this.#loadLibrary = () => EtcdLibrary.load(endpoint, tls)
    this.#login = login
    this.#timeout = timeout
    this.#heartbeats = new HeartbeatStream((token, receiver) =>
      transport.open('Lease/LeaseKeepAlive', { token }, receiver),
    )
  }

  /** A call through etcd3, which is loaded for the first one. */
  call<M extends Method>(method: M, request: EtcdRequest<M>, signal?: AbortSignal): Promise<EtcdAnswer<M>> {
    return this.#withToken(signal, (token) => this.#callLibrary(method, request, token, signal))
  }

  /** `page`: memory for the response. */
  range(question: RangeQuestion, signal?: AbortSignal, page?: PageMemory): Promise<RangeAnswer> {
    const decode = (message: Buffer): RangeAnswer => decodeRange(message, page?.table)
    return this.#unary('KV/Range', wire.encodeRange(question), decode, signal, page?.message)
  }

  /** The answers to several questions, in order, of one moment. */
  ranges(questions: readonly RangeQuestion[], signal?: AbortSignal): Promise<RangeAnswers> {
    return this.#unary('KV/Txn', wire.encodeRanges(questions), decodeRanges, signal)
  }

  /** Whether each key is attached to its lease, at one moment. `check`: as `encodeLeaseCheck` encodes it. */
  async areLeased(check: Buffer, signal?: AbortSignal): Promise<boolean> {
    const { succeeded } = await this.#unary('KV/Txn', check, decodeTransaction, signal)
    return succeeded
  }

  /** A new lease of so many seconds; etcd may grant more. */
  grant(ttl: number, signal?: AbortSignal): Promise<LeaseAnswer> {
    return this.#unary('Lease/LeaseGrant', wire.encodeGrant(ttl), decodeLease, signal)
  }

  /** Ends a lease, given in hexadecimal digits, and removes its keys. */
  revoke(lease: string, signal?: AbortSignal): Promise<void> {
    return this.#unary('Lease/LeaseRevoke', wire.encodeLease({ lease }), () => undefined, signal)
  }

  /** The state of a lease, in hexadecimal digits. */
  lease(question: { readonly lease: string; readonly keys: boolean }, signal?: AbortSignal): Promise<LeaseAnswer> {
    return this.#unary('Lease/LeaseTimeToLive', wire.encodeLease(question), decodeLease, signal)
  }

  /** The states of many leases, in order. Undefined for one that was not answered plainly: `lease` says why. */
  leaseStates(leases: readonly string[], keys: boolean, signal?: AbortSignal): Promise<(LeaseAnswer | undefined)[]> {
    const requests = leases.map((lease) => wire.encodeLease({ lease, keys }))
    return this.#withToken(signal, (token) => {
      const options = { token, signal, decode: decodeLease, timeout: this.#timeout }
      return this.#transport.bulk('Lease/LeaseTimeToLive', requests, options)
    })
  }

  transact(request: ITxnRequest, signal?: AbortSignal): Promise<TransactionAnswer> {
    return this.#unary('KV/Txn', encodeTransaction(request), decodeTransaction, signal)
  }

  /** Resolves if the member answers and belongs to a majority. Needs no token. */
  async ping(): Promise<void> {
    const options = { decode: decodeStatus, timeout: this.#timeout }
    const { leader } = await this.#transport.unary('Maintenance/Status', NOTHING, options)
    if (leader === undefined) throw this.#failure(Status.unavailable, 'etcdserver: no leader')
  }

  status(signal?: AbortSignal): Promise<MemberStatus> {
    return this.#unary('Maintenance/Status', NOTHING, decodeStatus, signal)
  }

  /** The members of the cluster, as this one knows them. */
  members(signal?: AbortSignal): Promise<readonly ListedMember[]> {
    return this.#unary('Cluster/MemberList', NOTHING, decodeMembers, signal)
  }

  /** All leases there are, in hexadecimal digits. */
  leases(signal?: AbortSignal): Promise<readonly string[]> {
    return this.#unary('Lease/LeaseLeases', NOTHING, decodeLeases, signal)
  }

  /** Sends the heartbeats of a batch that have no answer yet. Resolves once nobody waits for an answer any more. */
  keepAlive(batch: SentTogether): Promise<void> {
    const late = (): Error => this.#failure(Status.deadlineExceeded, 'no answer to a heartbeat')
    return this.#withToken(undefined, async (token) => {
      try {
        await this.#heartbeats.send(batch, { token, timeout: this.#timeout, late })
      } catch (error) {
        throw this.#transport.failure(error)
      }
    })
  }

  /**
   * The messages of watches on one stream, until it fails. A refusal is thrown; a compacted start revision is reported as a
   * message. `opened` is given what writes further requests.
   */
  async *watch(
    watches: readonly WatchQuestion[],
    signal: AbortSignal,
    opened?: (write: OpenedStream['write']) => void,
  ): AsyncGenerator<WatchAnswer, void, undefined> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(this.#failure(Status.deadlineExceeded, 'no watch')), this.#timeout)
    try {
      const token = await this.#currentToken()
      const signals = anyOf(signal, late.signal)
      const options = { token, signal: signals, decode: decodeWatch, wantsLeader: true }
      const requests = watches.map(wire.encodeWatch)
      let missing = requests.length
      for await (const answer of this.#transport.stream('Watch/Watch', requests, options, opened)) {
        if (answer.created && --missing === 0) clearTimeout(timer)
        if (answer.canceled && answer.compactRevision === 0) throw wasRefused(this.endpoint, answer.cancelReason)
        yield answer
      }
      throw this.#failure(Status.unavailable, 'the server ended the stream')
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
      const answer = await this.#callLibrary('authenticate', { name: user, password })
      return answer.token
    } catch (error) {
      if (error instanceof CallFailure && error.details.includes('authentication is not enabled')) return undefined
      throw error
    }
  }

  #unary<T>(
    path: Path,
    request: Buffer,
    decode: (message: Buffer) => T,
    signal: AbortSignal | undefined,
    memory?: MessageMemory,
  ): Promise<T> {
    return this.#withToken(signal, (token) =>
      this.#transport.unary(path, request, { token, signal, decode, memory, timeout: this.#timeout }),
    )
  }

  async #callLibrary<M extends Method>(
    method: M,
    request: EtcdRequest<M>,
    token?: string,
    signal?: AbortSignal,
  ): Promise<EtcdAnswer<M>> {
    if (this.#isClosed) throw wasClosed(this.endpoint)
    this.#library ??= this.#loadLibrary()
    const library = await this.#library
    return library.call(method, request, { token, signal, timeout: this.#timeout })
  }

  #failure(code: number, details: string): CallFailure {
    return new CallFailure(this.endpoint, { code, details })
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#heartbeats[Symbol.dispose]()
    this.#transport[Symbol.dispose]()
    this.#library?.then(
      (library) => library[Symbol.dispose](),
      () => {},
    )
  }
}

const NOTHING = Buffer.alloc(0)
