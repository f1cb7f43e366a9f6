import { RollcallError } from '../../model/errors.ts'
import type { Logger } from '../../model/logger.ts'
import type { LayoutName } from '../../model/observed.ts'
import { unlessAborted } from '../../model/signals.ts'
import { option } from '../../model/wording.ts'
import type { Target } from '../contract/driver.ts'
import { type ServerFinding, noneOf } from '../contract/finding.ts'
import { HttpCalls } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import type { Tls } from '../contract/tls.ts'
import { type Answer, Code, answerIn, textIn, treeIn } from './answer.ts'
import { findingOf, notPolaris, refusalOf } from './errors.ts'

/** One call. Every one that we make can be made twice without harm. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** With its query. */
  readonly path: string
  readonly body?: object
  /** As in "may not …", and for --debug. */
  readonly doing: string
  /** Codes that are answers, beside those of success. */
  readonly accepts?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

/** The HTTP APIs of a Polaris, spoken to at one of its servers as long as that answers. */
export class PolarisApi implements Disposable {
  readonly #target: Target
  readonly #calls: HttpCalls
  readonly #logger: Logger
  /** The server that answered last. */
  #at = 0
  #login: Promise<string> | undefined

  constructor(target: Target, tls: Tls | undefined, logger: Logger) {
    this.#target = target
    this.#calls = new HttpCalls({ tls })
    this.#logger = logger
  }

  /** The server's own time, as its newest answer told. */
  get serverTime(): number | undefined {
    return this.#calls.serverTime
  }

  /** @throws RollcallError for any other code than success and those that the call accepts; the signal's reason */
  async call(call: Call): Promise<Answer> {
    return await this.#ask(call, await this.#token(call.signal))
  }

  async #ask(call: Call, token: string | undefined): Promise<Answer> {
    this.#logger.debug(`polaris: ${call.method} ${call.path}: ${call.doing}`)
    const answer = await this.#anyServer(call, token)
    const { code } = answer
    if (Math.floor(code / 1000) === 200 || call.accepts?.includes(code)) return answer
    const { user, requestTimeout: timeout } = this.#target
    throw refusalOf(answer, { doing: call.doing, user, hasToken: token !== undefined, timeout })
  }

  async #anyServer(call: Call, token: string | undefined): Promise<Answer> {
    const { endpoints } = this.#target
    const findings: ServerFinding[] = []
    for (let tried = 0; tried < endpoints.length; tried++) {
      const endpoint = endpoints[this.#at] ?? ''
      const found = await this.#oneServer(endpoint, call, token)
      if (!('message' in found)) return found
      findings.push(found)
      this.#at = (this.#at + 1) % endpoints.length
    }
    throw noneOf('polaris', 'servers', findings)
  }

  async #oneServer(endpoint: string, call: Call, token: string | undefined): Promise<Answer | ServerFinding> {
    const { requestTimeout: timeout } = this.#target
    try {
      const { status, text } = await this.#send(endpoint, call, token)
      return answerIn(text) ?? notPolaris(endpoint, `it answers ${call.path} with HTTP ${status} and no code`)
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      return findingOf(endpoint, error, timeout)
    }
  }

  async #send(endpoint: string, call: Call, token: string | undefined) {
    const { secure, requestTimeout: timeout } = this.#target
    const { method, path, body, signal } = call
    const request = {
      method,
      url: new URL(path, `${secure ? 'https' : 'http'}://${endpoint}`),
      headers: {
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token === undefined ? {} : { 'x-polaris-token': token }),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      timeout,
      signal,
    }
    try {
      return await this.#calls.text(request)
    } catch (error) {
      // The server closed a connection that was kept open, before it had read anything of this.
      if (!(error instanceof HttpFailure) || !error.wasKeptOpen) throw error
      return await this.#calls.text(request)
    }
  }

  async #token(signal: AbortSignal | undefined): Promise<string | undefined> {
    const { token, user, password } = this.#target
    if (user === undefined || password === undefined) return token
    // Others may wait for the same login: a caller that gives up leaves it to them.
    if (!this.#login) {
      const login = this.#logIn(user, password)
      login.catch(() => (this.#login = undefined))
      this.#login = login
    }
    return await unlessAborted(this.#login, signal)
  }

  /** A user of another than the main account is named with it: `owner/name`. */
  async #logIn(user: string, password: string): Promise<string> {
    const [name = '', owner] = user.split('/').toReversed()
    const answer = await this.#ask(
      {
        method: 'POST',
        path: '/core/v1/user/login',
        body: { name, password, ...(owner ? { owner } : {}) },
        doing: 'log in',
        accepts: [Code.noSuchUser],
      },
      undefined,
    )
    if (answer.code !== Code.noSuchUser) return textIn(treeIn(answer.body, 'loginResponse'), 'token')
    throw new RollcallError('unauthenticated', `polaris: there is no user "${user}"`, {
      hint: `a user that another owns is named with it, as in ${option('user', 'polaris/reader')}`,
    })
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]()
  }
}

/** An opened Polaris, and where in it the caller is. */
export interface PolarisContext {
  readonly api: PolarisApi
  /** Empty: all of them are read, and none is written to. */
  readonly namespace: string
  /** `auto`: whatever is there is read, and `kratos` is written. */
  readonly layout: LayoutName | 'auto'
  readonly now: () => number
  readonly logger: Logger
}
