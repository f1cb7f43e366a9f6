import type ConsulClient from 'consul'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, Agent as HttpAgent } from 'node:http'
import { onAbort } from '../../model/signals.ts'
import { queryWithProbe } from './blocking-query.ts'
import { TIMEOUT, failureOf, isFailure, leaderless, notConsul, unlessAbsent } from './errors.ts'
import type { AgentService } from './entry.ts'
import { type Shape, isAgentService } from './shapes.ts'

/** A client of the package, and the general requests below its methods, which its types leave out. */
export type ConsulPackage = ConsulClient & {
  _get(request: PackageRequest): Promise<PackageResponse>
  _post(request: PackageRequest): Promise<PackageResponse>
  _put(request: PackageRequest): Promise<PackageResponse>
}

interface PackageRequest {
  readonly name: string
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly type?: 'json'
  readonly ctx: EventEmitter
  readonly timeout: number
}

type PackageResponse = IncomingMessage & { readonly body?: unknown }

/** What every method of the package takes beside its own options. */
export interface Common {
  readonly token: string
  readonly timeout: number
  readonly ctx: EventEmitter
  readonly dc?: string
}

export interface AgentAnswer<T> {
  readonly body: T
  /** Of the Raft log, for a blocking query. */
  readonly index: string | undefined
  readonly hidden: Hidden
  /** The agent's own time when it answered, in milliseconds since 1970, to a second; NaN where it does not tell. */
  readonly time: number
}

/** Whether the token hides a part of an answer. Consul does not report it to requests without a token. */
export type Hidden = 'nothing' | 'something' | 'unreported'

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, beyond the usual ones: how long the agent may wait by itself. */
  readonly wait?: number
}

/** Milliseconds that a probe may take. */
const PROBE_TIMEOUT = 2_000

/** One agent. Every request has a deadline; failures are RequestFailures. */
export class Agent implements Disposable {
  readonly endpoint: string
  readonly #package: ConsulPackage
  readonly #connections: HttpAgent
  readonly #token: string
  readonly #timeout: number

  constructor(
    endpoint: string,
    {
      client,
      connections,
      token,
      timeout,
    }: { client: ConsulPackage; connections: HttpAgent; token: string; timeout: number },
  ) {
    this.endpoint = endpoint
    this.#package = client
    this.#connections = connections
    this.#token = token
    this.#timeout = timeout
  }

  /** Calls a method of the package. `shape`: what its answer must look like. */
  ask<T>(
    method: (consul: ConsulPackage, common: Common) => Promise<unknown>,
    shape: Shape<T>,
    options: AskOptions = {},
  ): Promise<AgentAnswer<T>> {
    return this.#during(options, async (ctx, timeout) => {
      // With `includeResponse` the package answers with the response too, which its types do not say.
      const common = { token: this.#token, timeout, ctx: Object.assign(ctx, { includeResponse: true }) }
      const [response, body] = (await method(this.#package, common)) as [PackageResponse, unknown]
      return this.#answer(response, body, shape)
    })
  }

  /** A request that the package has no method for, or none that says all of it. */
  get<T>(
    path: string,
    query: Readonly<Record<string, string>>,
    shape: Shape<T>,
    options: AskOptions = {},
  ): Promise<AgentAnswer<T>> {
    return this.#during(options, async (ctx, timeout) => {
      const response = await this.#package._get({ name: path, path, query, headers: this.#headers(), ctx, timeout })
      return this.#answer(response, response.body, shape)
    })
  }

  async put(
    path: string,
    json: string,
    { query = {}, signal }: { query?: Readonly<Record<string, string>>; signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await this.#during({ signal }, async (ctx, timeout) => {
      await this.#package._put({ ...this.#carrying(json), name: path, path, query, ctx, timeout })
    })
  }

  /** A question that does not fit into a URL. */
  async post<T>(
    path: string,
    json: string,
    shape: Shape<T>,
    { query, signal }: { query: Readonly<Record<string, string>>; signal: AbortSignal | undefined },
  ): Promise<T> {
    return await this.#during({ signal }, async (ctx, timeout) => {
      const request = { ...this.#carrying(json), name: path, path, query, ctx, timeout }
      const response = await this.#package._post(request)
      return this.#answer(response, response.body, shape).body
    })
  }

  #carrying(json: string) {
    return { headers: this.#headers(), body: Buffer.from(json), type: 'json' } as const
  }

  /** What it holds under an id; undefined where it has no such service. */
  async service(id: string, signal?: AbortSignal): Promise<AgentService | undefined> {
    return await unlessAbsent(async () => {
      const path = `/agent/service/${encodeURIComponent(id)}`
      return (await this.get(path, {}, isAgentService, { signal })).body
    })
  }

  /** Throws when it does not answer, or its cluster has no leader. An agent answers this by itself, and no permission is needed. */
  async #probe(signal: AbortSignal | undefined): Promise<void> {
    const path = '/status/leader'
    const { body } = await this.#request(signal, Math.min(this.#timeout, PROBE_TIMEOUT), (ctx, timeout) =>
      this.#package._get({ name: path, path, ctx, timeout }),
    )
    if (body === '') throw leaderless(this.endpoint)
  }

  #headers(): Record<string, string> {
    return this.#token === '' ? {} : { 'x-consul-token': this.#token }
  }

  #answer<T>({ headers }: PackageResponse, body: unknown, shape: Shape<T>): AgentAnswer<T> {
    if (!shape(body)) throw notConsul(this.endpoint)
    const index = headers['x-consul-index']
    const known = typeof index === 'string' && /^\d{1,20}$/.test(index)
    const time = Date.parse(headers.date ?? '')
    return { body, index: known ? index : undefined, hidden: this.#hidden(headers), time }
  }

  #hidden(headers: PackageResponse['headers']): Hidden {
    if (headers['x-consul-results-filtered-by-acls'] === 'true') return 'something'
    const isClosed = this.#token === '' && headers['x-consul-default-acl-policy'] === 'deny'
    return isClosed ? 'unreported' : 'nothing'
  }

  async #during<T>(
    { signal, wait = 0 }: AskOptions,
    act: (ctx: EventEmitter, timeout: number) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#timeout + wait
    if (wait === 0) return await this.#explained(this.#request(signal, deadline, act), signal)
    const query = (stop: AbortSignal): Promise<T> => this.#request(stop, deadline, act)
    return await queryWithProbe(query, (stop) => this.#probe(stop), { signal, every: this.#timeout })
  }

  /** Without a leader an agent holds a request longer than we wait. Then that is the error. */
  async #explained<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (isFailure(error) && error.code === TIMEOUT && (await this.#isLeaderless(signal)))
        throw leaderless(this.endpoint)
      throw error
    }
  }

  async #isLeaderless(signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#probe(signal)
      return false
    } catch (error) {
      signal?.throwIfAborted()
      return isFailure(error) && error.isLeaderless
    }
  }

  async #request<T>(
    signal: AbortSignal | undefined,
    timeout: number,
    act: (ctx: EventEmitter, timeout: number) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    const ctx = new EventEmitter()
    const ended = onAbort(signal, () => void ctx.emit('cancel'))
    try {
      return await act(ctx, timeout)
    } catch (error) {
      signal?.throwIfAborted()
      throw isFailure(error) ? error : failureOf(this.endpoint, error)
    } finally {
      ended()
    }
  }

  [Symbol.dispose](): void {
    this.#connections.destroy()
  }
}
