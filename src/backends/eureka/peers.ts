import { RollcallError } from '../../model/errors.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { type ServerFinding, noneOf, toError } from '../contract/finding.ts'
import { type HttpAnswer, HttpCalls } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import type { Tls } from '../contract/tls.ts'
import { type EurekaAttempt, findingOf, findingOfStatus, notEureka, refusalOf } from './errors.ts'

/** One call. Every one that is made here can be made twice without harm. */
export interface EurekaCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the path of the URL, with its query. */
  readonly path: string
  readonly body?: object
  /** Only what an instance is called and where it is: cached apart from what others ask for. */
  readonly compact?: boolean
  /** What is tried, as in "no permission to …". */
  readonly doing: string
  /** What was asked for may not be there: then a 404 is an answer. */
  readonly mayBeAbsent?: boolean
  /** The server may have this switched off: then a 403 is an answer, too. */
  readonly mayBeOff?: boolean
  readonly signal?: AbortSignal | undefined
}

/** The body of an answer: JSON, or undefined where there is none. */
export interface EurekaAnswer {
  readonly body: unknown
}

/** The peers of one Eureka. All calls go to one of them for as long as it answers. */
export class Peers implements Disposable {
  readonly endpoints: readonly string[]
  readonly #target: Target
  readonly #path: string
  readonly #calls: HttpCalls
  readonly #logger: OpenOptions['logger']
  readonly #authorization: string | undefined
  /** The peer that answered last. */
  #at = 0

  constructor(target: Target, tls: Tls | undefined, logger: OpenOptions['logger']) {
    this.endpoints = target.endpoints
    this.#target = target
    this.#path = target.url.path
    this.#calls = new HttpCalls({ tls })
    this.#logger = logger
    this.#authorization = authorizationOf(target)
  }

  /** The time of the peer that answered last, in milliseconds since 1970; undefined while none has told it. */
  get serverTime(): number | undefined {
    return this.#calls.serverTime
  }

  /** Undefined: what was asked for is not there, or switched off. @throws RollcallError; the signal's reason */
  async ask(call: EurekaCall): Promise<EurekaAnswer | undefined> {
    const findings: ServerFinding[] = []
    for (let tried = 0; tried < this.endpoints.length; tried += 1) {
      const at = this.#at
      const answer = await this.#askOne(this.endpoints[at] ?? '', call)
      if (answer === undefined || 'body' in answer) return answer
      findings.push(answer)
      // Another call may have moved on meanwhile.
      if (this.#at === at) this.#at = (at + 1) % this.endpoints.length
    }
    throw noneOf('eureka', 'peers', findings)
  }

  /** The answer of one peer, whichever is in use. @throws RollcallError; the signal's reason */
  async askPeer(endpoint: string, call: EurekaCall): Promise<EurekaAnswer | undefined> {
    const answer = await this.#askOne(endpoint, call)
    if (answer === undefined || 'body' in answer) return answer
    throw toError(answer)
  }

  async #askOne(endpoint: string, call: EurekaCall): Promise<EurekaAnswer | ServerFinding | undefined> {
    const { user, token, secure, requestTimeout: timeout } = this.#target
    const about: EurekaAttempt = { doing: call.doing, user, hasToken: token !== undefined, secure, timeout }
    this.#logger.debug(`eureka: ${call.method} ${endpoint}${this.#path}${call.path}`)
    let answer: HttpAnswer
    try {
      answer = await this.#send(endpoint, call)
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      return findingOf(endpoint, error, about)
    }
    const { status, text } = answer
    if (status >= 200 && status < 300) return bodyOf(text) ?? notEureka(endpoint, 'it is not JSON')
    if (status === 404 && (call.mayBeAbsent || call.mayBeOff)) return undefined
    if (status === 403 && call.mayBeOff) return undefined
    const finding = findingOfStatus(endpoint, answer, about)
    if (finding) return finding
    throw refusalOf(answer, about)
  }

  async #send(endpoint: string, { method, path, body, compact, signal }: EurekaCall): Promise<HttpAnswer> {
    const request = {
      method,
      url: new URL(`${this.#target.secure ? 'https' : 'http'}://${endpoint}${this.#path}${path}`),
      headers: {
        accept: 'application/json',
        ...(compact ? { 'x-eureka-accept': 'compact' } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      timeout: this.#target.requestTimeout,
      signal,
    }
    try {
      return await this.#calls.text(request)
    } catch (error) {
      // The peer closed a connection that was kept open, before it had read anything of this.
      if (!(error instanceof HttpFailure) || !error.wasKeptOpen) throw error
      return await this.#calls.text(request)
    }
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]()
  }
}

/** The header that logs in; undefined without a login. @throws RollcallError `usage` */
export function authorizationOf({ user, password = '', token }: Target): string | undefined {
  if (token !== undefined) return `Bearer ${token}`
  if (user === undefined) return undefined
  if (user.includes(':'))
    throw new RollcallError('usage', `the user "${user}" has a colon, which ends the name of a user`)
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function bodyOf(text: string): EurekaAnswer | undefined {
  if (text.trim() === '') return { body: undefined }
  try {
    return { body: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
