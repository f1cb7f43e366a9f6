import type { Logger } from '../../model/logger.ts'
import type { Target } from '../contract/driver.ts'
import { type ServerFinding, noneOf } from '../contract/finding.ts'
import { HttpCalls, type OpenAnswer } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import type { Tls } from '../contract/tls.ts'
import { type HttpCircumstances, findingOf, findingOfStatus, refusalOf } from './errors.ts'
import { SUCCESS, basePath, envelopeIn } from './protocol.ts'
import { linesOfAnswer } from './stream.ts'

export interface HttpApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the base path, with its segments escaped. */
  readonly path: string
  readonly query?: URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** As in "cannot …". */
  readonly doing: string
  readonly signal?: AbortSignal | undefined
}

interface Answered {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

/** The AIO registry's HTTP API, at one of the target's servers: the next one takes over when that stops answering. */
export class HttpApi implements Disposable {
  readonly target: Target
  readonly logger: Logger
  readonly #calls: HttpCalls
  /** The index of the server that answered last. */
  #at = 0

  constructor(target: Target, tls: Tls | undefined, logger: Logger) {
    this.target = target
    this.#calls = new HttpCalls({ tls })
    this.logger = logger
  }

  /** The server's clock in milliseconds since 1970, reckoned from its latest answer; undefined before the first one. */
  get serverTime(): number | undefined {
    return this.#calls.serverTime
  }

  /** The data of a successful answer. @throws RollcallError for any other, or for none; the signal's reason */
  async call(call: HttpApiCall): Promise<unknown> {
    return await this.#anyServer(call, async (endpoint) => {
      const { status, headers, text } = await this.#send(endpoint, call)
      return this.#dataOf(endpoint, call, { status, location: headers.location, text })
    })
  }

  /**
   * The lines of an answer as they come. `silence`: milliseconds without a byte after which the server counts as lost.
   * @throws RollcallError; the signal's reason
   */
  async *lines(call: HttpApiCall, silence = this.target.requestTimeout): AsyncGenerator<string, void, undefined> {
    const body = await this.#anyServer(call, (endpoint) => this.#open(endpoint, call))
    try {
      yield* linesOfAnswer(body, silence)
    } catch (error) {
      call.signal?.throwIfAborted()
      if (!(error instanceof HttpFailure)) throw error
      const about = { ...this.#about(call), timeout: silence }
      throw noneOf('http', 'servers', [findingOf(this.target.endpoints[this.#at] ?? '', error, about)])
    }
  }

  /** What the first server to answer says; a refusal is an answer. */
  async #anyServer<T>(call: HttpApiCall, ask: (endpoint: string) => Promise<T>): Promise<T> {
    const { endpoints } = this.target
    const findings: ServerFinding[] = []
    for (let tried = 0; tried < endpoints.length; tried++) {
      const endpoint = endpoints[this.#at] ?? ''
      try {
        return await ask(endpoint)
      } catch (error) {
        if (error instanceof HttpFailure) findings.push(findingOf(endpoint, error, this.#about(call)))
        else if (error instanceof Unusable) findings.push(error.finding)
        else throw error
      }
      this.#at = (this.#at + 1) % endpoints.length
    }
    throw noneOf('http', 'servers', findings)
  }

  async #send(endpoint: string, call: HttpApiCall) {
    const request = this.#request(endpoint, call)
    try {
      return await this.#calls.text(request)
    } catch (error) {
      // The server closed an idle connection before it read any of this request.
      if (!(error instanceof HttpFailure) || !error.wasKeptOpen) throw error
      return await this.#calls.text(request)
    }
  }

  async #open(endpoint: string, call: HttpApiCall): Promise<OpenAnswer['body']> {
    const { status, headers, body } = await this.#calls.open(this.#request(endpoint, call))
    if (status === 200 && !headers['content-type']?.startsWith('application/json')) return body
    let text = ''
    for await (const line of linesOfAnswer(body, this.target.requestTimeout)) text += line
    this.#dataOf(endpoint, call, { status, location: headers.location, text })
    throw new Unusable(findingOfStatus(endpoint, { status, path: call.path }))
  }

  #dataOf(endpoint: string, call: HttpApiCall, { status, location, text }: Answered): unknown {
    const envelope = envelopeIn(text)
    const about = this.#about(call)
    if (envelope?.code === SUCCESS && status < 300) return envelope.data
    if (envelope) throw refusalOf({ ...envelope, status }, about)
    if (status === 401 || status === 403) throw refusalOf({ code: 0, msg: `HTTP ${status}`, status }, about)
    throw new Unusable(findingOfStatus(endpoint, { status, path: this.#pathOf(call), location }))
  }

  #request(endpoint: string, call: HttpApiCall) {
    const { method = 'GET', query, headers, body, signal } = call
    const { secure, token, requestTimeout: timeout } = this.target
    const url = new URL(this.#pathOf(call), `${secure ? 'https' : 'http'}://${endpoint}`)
    if (query) url.search = query.toString()
    this.logger.debug(`http: ${method} ${url.pathname}${url.search}: ${call.doing}`)
    return {
      method,
      url,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeout,
      signal,
    }
  }

  #pathOf({ path }: HttpApiCall): string {
    return `${encodeURI(basePath(this.target.url))}${path}`
  }

  #about({ doing }: HttpApiCall): HttpCircumstances {
    const { secure, token, requestTimeout: timeout } = this.target
    return { doing, hasToken: token !== undefined, secure, timeout }
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]()
  }
}

/** A server answered, but not in the form of this API. */
class Unusable extends Error {
  readonly finding: ServerFinding

  constructor(finding: ServerFinding) {
    super(finding.message)
    this.finding = finding
  }
}
