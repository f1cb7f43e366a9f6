import { unlessAborted } from '../../model/signals.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { type HttpCall, HttpCalls, type HttpAnswer } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import type { Tls } from '../contract/tls.ts'
import type { ApiVersion, NacosCall, Params } from './api-version.ts'
import { type AttemptedCall, type NodeFailure, explainFailures, explainRefusal } from './errors.ts'
import { UserLogin } from './login.ts'
import { ForeignAnswer, Refusal, contentOf } from './refusal.ts'

interface Stop {
  readonly signal?: AbortSignal | undefined
}

/** One node of a cluster, and the version of the API that it was found to have. */
export interface NacosNode {
  readonly endpoint: string
  version: Promise<ApiVersion> | undefined
}

/**
 * The nodes of one Nacos. All calls go to one node for as long as it answers: it is the first to list what was written
 * through it, and version 3 keeps an instance at the node that registered it. Every call can safely be sent twice.
 */
export class Nodes implements Disposable {
  readonly #nodes: readonly NacosNode[]
  readonly #contextPath: string
  readonly #calls: HttpCalls
  readonly #login: UserLogin | undefined
  readonly #target: Target
  readonly #logger: OpenOptions['logger']
  #at = 0

  constructor(
    target: Target,
    options: Pick<OpenOptions, 'logger' | 'now'> & { readonly contextPath: string; readonly tls: Tls | undefined },
  ) {
    const { user, password = '', requestTimeout: patience } = target
    const { contextPath, tls, logger, now } = options
    this.#target = target
    this.#contextPath = contextPath
    this.#logger = logger
    this.#calls = new HttpCalls({ tls })
    this.#nodes = target.endpoints.map((endpoint) => ({ endpoint, version: undefined }))
    this.#login = user === undefined ? undefined : new UserLogin({ user, password, patience, now })
  }

  get serverTime(): number | undefined {
    return this.#calls.serverTime
  }

  /** Runs `act` with the node in use, and with the others in turn while there is no answer. @throws RollcallError */
  async use<T>(doing: string, act: (node: NacosNode) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const failures: NodeFailure[] = []
    for (const node of [...this.#nodes.slice(this.#at), ...this.#nodes.slice(0, this.#at)]) {
      try {
        const answer = await act(node)
        this.#at = this.#nodes.indexOf(node)
        return answer
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof Refusal && !error.isOfTheNode)
          throw explainRefusal(node.endpoint, error, this.#circumstances(doing))
        if (!(error instanceof HttpFailure || error instanceof Refusal || error instanceof ForeignAnswer)) throw error
        failures.push({ endpoint: node.endpoint, failure: error })
      }
    }
    throw explainFailures(failures, this.#circumstances(doing))
  }

  /** Sends a call as the user, whose token is renewed when the node refuses it. @throws HttpFailure, Refusal, ForeignAnswer */
  async send(node: NacosNode, call: NacosCall & Stop, loginPath: string): Promise<unknown> {
    const token = await this.#token(node, loginPath, call.signal)
    try {
      return await this.sendAsNobody(node, call, token)
    } catch (error) {
      if (!(error instanceof Refusal) || !error.wantsNewToken || !this.#login) throw error
      this.#login.forget(token)
      return await this.sendAsNobody(node, call, await this.#token(node, loginPath, call.signal))
    }
  }

  /** Others may wait for the same login: it goes on for them when one caller gives up. */
  async #token(node: NacosNode, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const ask = (params: Params) => this.sendAsNobody(node, { method: 'POST', path, params })
    return this.#target.token ?? (this.#login && (await unlessAborted(this.#login.token(ask), signal)))
  }

  /** Sends a call without a login, or with a token that is at hand. @throws HttpFailure, Refusal, ForeignAnswer */
  async sendAsNobody({ endpoint }: NacosNode, call: NacosCall & Stop, token?: string): Promise<unknown> {
    const { method = 'GET', path, params = {}, signal } = call
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(params)) form.append(name, String(value))
    const url = new URL(`${this.#target.secure ? 'https' : 'http'}://${endpoint}${this.#contextPath}${path}`)
    const inBody = method === 'POST' || method === 'PUT'
    if (!inBody) url.search = form.toString()
    this.#logger.debug(`nacos: ${method} ${url.host}${url.pathname} ${shown(form)}`)
    return contentOf(
      await this.#answer({
        method,
        url,
        headers: { ...(inBody ? FORM : {}), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        ...(inBody ? { body: form.toString() } : {}),
        timeout: this.#target.requestTimeout,
        signal,
      }),
    )
  }

  /** A connection that the node had closed since the last call says nothing about this one: it is sent again. */
  async #answer(call: HttpCall): Promise<HttpAnswer> {
    try {
      return await this.#calls.text(call)
    } catch (error) {
      if (!(error instanceof HttpFailure) || !error.wasKeptOpen) throw error
      return await this.#calls.text(call)
    }
  }

  #circumstances(doing: string): AttemptedCall {
    const { user, token, secure, requestTimeout: timeout } = this.#target
    return { doing, user, hasToken: token !== undefined, secure, timeout }
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]()
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

/** A form for the debug log, without secrets. */
function shown(form: URLSearchParams): string {
  return [...form].map(([name, value]) => `${name}=${name === 'password' ? '…' : value}`).join(' ')
}
