import { isNeverConnected } from '../contract/socket-error.ts'

/** What went wrong with one request to one agent. Never leaves this folder but as a cause. */
export class RequestFailure extends Error {
  readonly endpoint: string
  /** Of HTTP; undefined when there was no answer. */
  readonly status: number | undefined
  /** What the agent said, or why there was no answer. */
  readonly said: string
  /** Node's code for a broken connection, or `TIMEOUT`. */
  readonly code: string | undefined

  constructor(endpoint: string, about: { status?: number; said: string; code?: string }) {
    super(`${endpoint}: ${about.said}`)
    this.name = 'RequestFailure'
    this.endpoint = endpoint
    this.status = about.status
    this.said = about.said
    this.code = about.code
  }

  /** It says nothing about the request: another agent, or this one later, may answer it. */
  get isOfTheAgent(): boolean {
    if (this.status === undefined) return true
    return this.status === 429 || (this.status >= 500 && !FOR_GOOD.test(this.said))
  }

  /** Nothing was connected to, so no agent has seen the request. */
  get wasNeverSent(): boolean {
    return isNeverConnected(this.code)
  }

  get isLeaderless(): boolean {
    return /No cluster leader/i.test(this.said)
  }
}

/** Servers answer some refusals to agents, and these then say 500. */
const FOR_GOOD = /No path to datacenter|Permission denied|ACL not found|does not have associated TTL/

export const TIMEOUT = 'TIMEOUT'

interface Thrown {
  readonly message: string
  readonly code?: string
  readonly isTimeout?: boolean
  readonly isCodec?: boolean
  readonly response?: { readonly statusCode?: number; readonly body?: unknown }
}

/** Whatever the consul package threw, as a failure. */
export function failureOf(endpoint: string, error: unknown): RequestFailure {
  const { message, code, isTimeout, isCodec, response } = error as Thrown
  if (isTimeout) return new RequestFailure(endpoint, { said: 'no answer', code: TIMEOUT })
  if (isCodec) return notConsul(endpoint)
  if (!response?.statusCode) return new RequestFailure(endpoint, { said: message, ...(code ? { code } : {}) })
  const said = textOf(response.body).trim()
  return new RequestFailure(endpoint, { status: response.statusCode, said: said || message })
}

/** What is no text is left as bytes, or was understood as JSON. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? Buffer.from(body).toString() : ''
}

/** An answer that no Consul gives. */
export function notConsul(endpoint: string): RequestFailure {
  return new RequestFailure(endpoint, { said: 'its answer is not in the words of Consul', code: NOT_CONSUL })
}

export const NOT_CONSUL = 'NOT_CONSUL'

/** What Consul itself says once it has given up waiting for one. */
export function leaderless(endpoint: string): RequestFailure {
  return new RequestFailure(endpoint, { status: 500, said: 'No cluster leader' })
}
