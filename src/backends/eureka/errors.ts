import { RollcallError } from '../../model/errors.ts'
import { option, secretPlace } from '../../model/wording.ts'
import { type ServerFinding, brokenConnection, noAnswer } from '../contract/finding.ts'
import type { HttpAnswer } from '../contract/http-calls.ts'
import type { HttpFailure } from '../contract/http-failure.ts'

/** What an error's message says beside the failure itself. */
export interface EurekaAttempt {
  /** What was tried, as in "no permission to …". */
  readonly doing: string
  readonly user: string | undefined
  /** A token was given instead of a user. */
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

const WITHOUT_TLS = 'write eureka:// instead of eurekas://'
const OTHER_PLACE =
  'check host, port and path: Spring Cloud serves Eureka on port 8761 under /eureka, Netflix under /eureka/v2'

/** Why a peer could not be asked. */
export function findingOf(
  endpoint: string,
  failure: HttpFailure,
  { secure, timeout }: Pick<EurekaAttempt, 'secure' | 'timeout'>,
): ServerFinding {
  if (failure.isTimeout) return noAnswer(endpoint, timeout, failure)
  if (failure.code?.startsWith('HPE_')) return notEureka(endpoint, 'it does not speak HTTP/1.1', failure)
  return brokenConnection(endpoint, failure, { withoutTls: secure ? WITHOUT_TLS : undefined, cause: failure })
}

export function notEureka(endpoint: string, why: string, cause?: unknown): ServerFinding {
  return {
    code: 'wrong-server',
    message: `${endpoint}: the response is not from Eureka: ${why}`,
    hint: OTHER_PLACE,
    cause,
  }
}

/** What is wrong with a peer that answered with this status; undefined where another peer would answer the same. */
export function findingOfStatus(
  endpoint: string,
  { status, text }: Pick<HttpAnswer, 'status' | 'text'>,
  { user, hasToken }: Pick<EurekaAttempt, 'user' | 'hasToken'>,
): ServerFinding | undefined {
  if (/requires TLS|plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server/i.test(text))
    return {
      code: 'wrong-server',
      message: `${endpoint}: speaks TLS only`,
      hint: 'write eurekas:// instead of eureka://',
    }
  // Who has no login where one is needed gets 401.
  if (status === 403 && user === undefined && !hasToken)
    return {
      code: 'unreachable',
      message: `${endpoint}: does not serve its registry yet (HTTP 403)`,
      hint: 'a Eureka that finds nothing at its peers waits some minutes before it answers',
    }
  if (status >= 500) return { code: 'unreachable', message: `${endpoint}: HTTP ${status}${saidIn(text)}` }
  if (status === 400 || status === 401 || status === 403) return undefined
  return notEureka(endpoint, `HTTP ${status}`)
}

/** The error where a peer that works refused a call. */
export function refusalOf({ status, text }: Pick<HttpAnswer, 'status' | 'text'>, about: EurekaAttempt): RollcallError {
  const { doing, user, hasToken } = about
  if (status === 400) return new RollcallError('usage', `eureka: the server refused to ${doing}${saidIn(text)}`)
  const who = user === undefined ? (hasToken ? 'this token' : 'anyone without a login') : `the user "${user}"`
  if (status === 403) return new RollcallError('forbidden', `eureka: ${who} has no permission to ${doing}`)
  if (user === undefined && !hasToken)
    return new RollcallError('unauthenticated', `eureka: a login is required to ${doing}`, {
      hint: `name a user with ${option('user')}; the password goes into ${secretPlace('password')}`,
    })
  return new RollcallError('unauthenticated', `eureka: the server does not accept ${who}`)
}

/** What the server answered, on one line and without markup. */
function saidIn(text: string): string {
  const said = messageIn(text)
  return said === '' ? '' : `: ${said.length > 200 ? `${said.slice(0, 200)}…` : said}`
}

function messageIn(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown }
    for (const words of [message, error]) if (typeof words === 'string' && words !== '') return words
    return ''
  } catch {
    return text.trimStart().startsWith('<') ? '' : (text.trim().split('\n', 1)[0] ?? '')
  }
}
