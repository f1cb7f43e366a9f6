import { setTimeout as delay } from 'node:timers/promises'
import { RollcallError } from '../../model/errors.ts'
import { isObject } from './host.ts'
import { Refusal } from './refusal.ts'

/** The part of a token's life after which a new one is requested. */
const USED_UP = 0.9
/** Milliseconds between two attempts at a server that has just started. */
const PAUSE = 500

export interface LoginOptions {
  readonly user: string
  readonly password: string
  /** Milliseconds. */
  readonly patience: number
  readonly now: () => number
}

/** Sends user and password, and resolves to the server's answer. */
export type AskForToken = (form: { username: string; password: string }) => Promise<unknown>

interface Held {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** A user's token, renewed before it ends, in one request for all who wait for it. */
export class UserLogin {
  readonly #options: LoginOptions
  #held: Held | undefined
  #pending: Promise<string> | undefined

  constructor(options: LoginOptions) {
    this.#options = options
  }

  /** The current token. @throws RollcallError `unauthenticated`, and what `ask` throws */
  token(ask: AskForToken): Promise<string> {
    if (this.#held && this.#options.now() < this.#held.until) return Promise.resolve(this.#held.token)
    this.#pending ??= this.#renew(ask)
    return this.#pending
  }

  /** Drops a token that the server has refused. */
  forget(token: string | undefined): void {
    if (this.#held?.token === token) this.#held = undefined
  }

  async #renew(ask: AskForToken): Promise<string> {
    try {
      this.#held = await this.#ask(ask)
      return this.#held.token
    } finally {
      this.#pending = undefined
    }
  }

  /** A server loads its users some seconds after it starts to answer: until then every user is unknown. */
  async #ask(ask: AskForToken): Promise<Held> {
    const { user, password, patience, now } = this.#options
    const end = performance.now() + patience
    for (;;) {
      try {
        return tokenIn(await ask({ username: user, password }), now())
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const isUnknown = error.status === 500 && /not found/.test(error.said)
        if (!isUnknown || performance.now() >= end) throw this.#refused(error)
        await delay(PAUSE)
      }
    }
  }

  #refused(refusal: Refusal): RollcallError {
    return new RollcallError(
      'unauthenticated',
      `nacos: the login of user "${this.#options.user}" failed: ${refusal.said}`,
      {
        hint: 'check user and password; in the first seconds after it starts a server knows no users',
        cause: refusal,
      },
    )
  }
}

function tokenIn(answer: unknown, now: number): Held {
  const { accessToken, tokenTtl } = isObject(answer) ? answer : {}
  if (typeof accessToken !== 'string')
    throw new RollcallError('wrong-server', 'nacos: the answer to the login has no token')
  const seconds = typeof tokenTtl === 'number' ? tokenTtl : 0
  return { token: accessToken, until: now + seconds * 1000 * USED_UP }
}
