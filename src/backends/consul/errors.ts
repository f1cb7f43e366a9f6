import type { RollcallError } from '../../model/errors.ts'
import { secretPlace } from '../../model/wording.ts'
import { type ServerFinding, brokenConnection, noAnswer, noneOf, toError } from '../contract/finding.ts'
import { isNeverConnected } from '../contract/socket-error.ts'

/** What an error's message is made of, beside the failure itself. */
export interface AgentCircumstances {
  /** What was tried, as in "may not …". */
  readonly doing: string
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** The failures of one request, an agent each, as the error that leaves this backend. */
export function explain(failures: readonly RequestFailure[], about: AgentCircumstances): RollcallError {
  const cause = failures.at(-1)
  if (cause && !cause.isOfTheAgent) return toError({ ...answerOf(cause, about), cause })
  const findings = failures.map((failure) => Object.assign(findingOf(failure, about), { cause: failure }))
  return noneOf('consul', 'agents', findings)
}

/** Why one agent could not be used. The message begins with its endpoint. */
function findingOf(failure: RequestFailure, { doing, secure, timeout }: AgentCircumstances): ServerFinding {
  const { endpoint, code = '', said, status } = failure
  if (code === TIMEOUT) return noAnswer(endpoint, timeout)
  if (code === NOT_CONSUL || code.startsWith('HPE_'))
    return { code: 'wrong-server', message: `${endpoint}: the response is not from Consul`, hint: OTHER_PORT }
  if (failure.isLeaderless)
    return { code: 'unreachable', message: `${endpoint}: its cluster has no leader`, hint: QUORUM }
  if (status !== undefined)
    return { code: 'unreachable', message: `${endpoint}: cannot ${doing}: ${brief(said)} (HTTP ${status})` }
  const withoutTls = secure ? 'write consul:// instead of consuls://' : undefined
  return brokenConnection(endpoint, { code, message: said }, { withoutTls })
}

const QUORUM = 'too few of its servers can reach one another: consul members shows them'
const OTHER_PORT = 'look at host and port: Consul serves HTTP on port 8500'

/** Why an agent that works refused. */
function answerOf({ endpoint, status, said }: RequestFailure, about: AgentCircumstances): ServerFinding {
  if (/HTTP request to an HTTPS server/.test(said))
    return {
      code: 'wrong-server',
      message: `consul: ${endpoint}: speaks TLS only`,
      hint: 'write consuls:// instead of consul://',
    }
  if (/ACL not found/.test(said))
    return { code: 'unauthenticated', message: 'consul: its servers do not know this token', hint: whereTokensGo() }
  if (status === 403 || status === 401 || /Permission denied/.test(said)) return refusalOf(said, about)
  if (/No path to datacenter/.test(said))
    return {
      code: 'usage',
      message: `consul: cannot ${about.doing}: there is no way to the data centre`,
      hint: 'consul members -wan shows them',
    }
  if (/Consul Enterprise feature/.test(said))
    return {
      code: 'unsupported',
      message: 'consul: this is not Consul Enterprise, and only that has namespaces and partitions',
    }
  if (status === 413) return { code: 'storage', message: 'consul: the record is too large for it' }
  if (status === 404)
    return { code: 'wrong-server', message: `consul: ${endpoint}: the response is not from Consul`, hint: OTHER_PORT }
  return { code: status === 400 ? 'usage' : 'unreachable', message: `consul: ${endpoint}: ${brief(said)}` }
}

const whereTokensGo = () => `put the token into ${secretPlace('token', 'CONSUL_HTTP_TOKEN')}`

function refusalOf(said: string, { doing, hasToken }: AgentCircumstances): ServerFinding {
  const [, right, on] = /lacks permission '([^']+)'(?: on "([^"]*)")?/.exec(said) ?? []
  const lacks = right ? `: it lacks ${right}${on ? ` on "${on}"` : ''}` : ''
  if (hasToken) return { code: 'forbidden', message: `consul: this token may not ${doing}${lacks}` }
  return {
    code: 'unauthenticated',
    message: `consul: without a token you may not ${doing}${lacks}`,
    hint: whereTokensGo(),
  }
}

/** Without the layers of calls between servers, and one line. */
function brief(said: string): string {
  const [line = ''] = said.replace(/^(rpc error[^:]*: |rpc error making call: )+/, '').split('\n', 1)
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

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

  /** It is about the agent and not about the request: another agent, or this one later, may answer it. */
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

/** Some refusals come from servers, and agents answer them with 500. */
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

/** The package leaves what is not text as bytes, or decodes it as JSON. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? Buffer.from(body).toString() : ''
}

/** For a response that Consul never gives. */
export function notConsul(endpoint: string): RequestFailure {
  return new RequestFailure(endpoint, { said: 'the response is not from Consul', code: NOT_CONSUL })
}

export const NOT_CONSUL = 'NOT_CONSUL'

/** As Consul itself answers once it has given up waiting for a leader. */
export function leaderless(endpoint: string): RequestFailure {
  return new RequestFailure(endpoint, { status: 500, said: 'No cluster leader' })
}

/** Resolves to undefined where the agent says that it has no such service or check. */
export async function unlessAbsent<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (isFailure(error) && error.status === 404 && /^unknown (service|check)/i.test(error.said)) return undefined
    throw error
  }
}

export function isFailure(error: unknown): error is RequestFailure {
  return error instanceof RequestFailure
}
