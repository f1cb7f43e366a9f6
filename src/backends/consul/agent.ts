import { EventEmitter } from 'node:events'
import type { Agent as HttpAgent } from 'node:http'
import { onAbort } from '../../model/signals.ts'
import { attended } from './attended.ts'
import { RequestFailure, TIMEOUT, failureOf, leaderless, notConsul } from './failure.ts'
import type { AgentService } from './entry.ts'
import type { Answer, AskOptions, Common, Hidden, Package, Response } from './package.ts'
import { type Shape, isAgentService } from './shapes.ts'

/** Milliseconds for a sign of life. */
const PULSE = 2_000

/** One agent. Every request has a deadline; failures are RequestFailures. */
export class Agent implements Disposable {
  readonly endpoint: string
  readonly #package: Package
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
    }: { client: Package; connections: HttpAgent; token: string; timeout: number },
  ) {
    this.endpoint = endpoint
    this.#package = client
    this.#connections = connections
    this.#token = token
    this.#timeout = timeout
  }

  /** A method of the package, and what its answer looks like. */
  ask<T>(
    method: (consul: Package, common: Common) => Promise<unknown>,
    shape: Shape<T>,
    options: AskOptions = {},
  ): Promise<Answer<T>> {
    return this.#during(options, async (ctx, timeout) => {
      // With `includeResponse` the package answers with the response too; its types do not know.
      const common = { token: this.#token, timeout, ctx: Object.assign(ctx, { includeResponse: true }) }
      const [response, body] = (await method(this.#package, common)) as [Response, unknown]
      return this.#answer(response, body, shape)
    })
  }

  /** A request that the package has no method for, or none that says all of it. */
  get<T>(
    path: string,
    query: Readonly<Record<string, string>>,
    shape: Shape<T>,
    options: AskOptions = {},
  ): Promise<Answer<T>> {
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

  /** What the agent answers to a question that does not fit into a URL. */
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

  /** What it holds under an id of its own; undefined: nothing. */
  async service(id: string, signal?: AbortSignal): Promise<AgentService | undefined> {
    return await unlessAbsent(async () => {
      const path = `/agent/service/${encodeURIComponent(id)}`
      return (await this.get(path, {}, isAgentService, { signal })).body
    })
  }

  /** Throws when it does not answer, or its cluster has no leader. An agent answers this by itself, without a right. */
  async #pulse(signal: AbortSignal | undefined): Promise<void> {
    const path = '/status/leader'
    const { body } = await this.#request(signal, Math.min(this.#timeout, PULSE), (ctx, timeout) =>
      this.#package._get({ name: path, path, ctx, timeout }),
    )
    if (body === '') throw leaderless(this.endpoint)
  }

  #headers(): Record<string, string> {
    return this.#token === '' ? {} : { 'x-consul-token': this.#token }
  }

  #answer<T>({ headers }: Response, body: unknown, shape: Shape<T>): Answer<T> {
    if (!shape(body)) throw notConsul(this.endpoint)
    const index = headers['x-consul-index']
    const known = typeof index === 'string' && /^\d{1,20}$/.test(index)
    return { body, index: known ? index : undefined, hidden: this.#hidden(headers) }
  }

  #hidden(headers: Response['headers']): Hidden {
    if (headers['x-consul-results-filtered-by-acls'] === 'true') return 'something'
    const isClosed = this.#token === '' && headers['x-consul-default-acl-policy'] === 'deny'
    return isClosed ? 'unsaid' : 'nothing'
  }

  async #during<T>(
    { signal, wait = 0 }: AskOptions,
    act: (ctx: EventEmitter, timeout: number) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#timeout + wait
    if (wait === 0) return await this.#explained(this.#request(signal, deadline, act), signal)
    const query = (stop: AbortSignal): Promise<T> => this.#request(stop, deadline, act)
    return await attended(query, (stop) => this.#pulse(stop), { signal, every: this.#timeout })
  }

  /** Without a leader an agent holds what it is asked for longer than we wait: that is told instead. */
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
      await this.#pulse(signal)
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

/** Undefined where the agent says that there is no such thing. */
export async function unlessAbsent<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (isFailure(error) && error.status === 404 && /^unknown (service|check)/i.test(error.said)) return undefined
    throw error
  }
}

function isFailure(error: unknown): error is RequestFailure {
  return error instanceof RequestFailure
}
