import { unlessAborted } from '../../model/signals.ts'
import type { OpenOptions, Target } from '../contract/backend.ts'
import { type HttpCall, HttpCalls, type HttpAnswer } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import type { Tls } from '../contract/tls.ts'
import type { Dialect } from './api-version.ts'
import { type Circumstances, type NodeFailure, explainFailures, explainRefusal } from './errors.ts'
import { Login } from './login.ts'
import { Gibberish, Refusal, contentOf } from './refusal.ts'

export type Params = Readonly<Record<string, string | number | boolean>>

/** One call of Nacos' API. */
export interface Call {
  /** GET where it is left out. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** After the context path: `/v2/ns/instance`. */
  readonly path: string
  readonly params?: Params
  readonly signal?: AbortSignal | undefined
}

/** One node of a cluster, and the generation of the API that it was found to speak. */
export interface Node {
  readonly endpoint: string
  dialect: Promise<Dialect> | undefined
}

/**
 * The nodes of one Nacos. All calls go to one node for as long as it answers: it lists first what was written through it,
 * and version 3 keeps an instance at the node that registered it. Every call may be sent twice.
 */
export class Nodes implements Disposable {
  readonly #nodes: readonly Node[]
  readonly #contextPath: string
  readonly #calls: HttpCalls
  readonly #login: Login | undefined
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
    this.#nodes = target.endpoints.map((endpoint) => ({ endpoint, dialect: undefined }))
    this.#login = user === undefined ? undefined : new Login({ user, password, patience, now })
  }

  /** Lets `act` work with the node in use, and with the others in turn while there is no answer. @throws RollcallError */
  async use<T>(doing: string, act: (node: Node) => Promise<T>, signal?: AbortSignal): Promise<T> {
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
        if (!(error instanceof HttpFailure || error instanceof Refusal || error instanceof Gibberish)) throw error
        failures.push({ endpoint: node.endpoint, failure: error })
      }
    }
    throw explainFailures(failures, this.#circumstances(doing))
  }

  /** Sends a call as the user; his token is renewed when the node wants that. @throws HttpFailure, Refusal, Gibberish */
  async send(node: Node, call: Call, loginPath: string): Promise<unknown> {
    const token = await this.#token(node, loginPath, call.signal)
    try {
      return await this.sendAsNobody(node, call, token)
    } catch (error) {
      if (!(error instanceof Refusal) || !error.wantsNewToken || !this.#login) throw error
      this.#login.forget(token)
      return await this.sendAsNobody(node, call, await this.#token(node, loginPath, call.signal))
    }
  }

  /** Others may wait for the same login: a caller that gives up leaves it to them. */
  async #token(node: Node, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const ask = (params: Params) => this.sendAsNobody(node, { method: 'POST', path, params })
    return this.#target.token ?? (this.#login && (await unlessAborted(this.#login.token(ask), signal)))
  }

  /** Sends a call without a login, or with a token that is at hand. @throws HttpFailure, Refusal, Gibberish */
  async sendAsNobody({ endpoint }: Node, call: Call, token?: string): Promise<unknown> {
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

  /** A connection that the node closed in between says nothing about the call. */
  async #answer(call: HttpCall): Promise<HttpAnswer> {
    try {
      return await this.#calls.text(call)
    } catch (error) {
      if (!(error instanceof HttpFailure) || !error.wasKeptOpen) throw error
      return await this.#calls.text(call)
    }
  }

  #circumstances(doing: string): Circumstances {
    const { user, token, secure, requestTimeout: timeout } = this.#target
    return { doing, user, hasToken: token !== undefined, secure, timeout }
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]()
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

/** Without secrets. */
function shown(form: URLSearchParams): string {
  return [...form].map(([name, value]) => `${name}=${name === 'password' ? '…' : value}`).join(' ')
}
