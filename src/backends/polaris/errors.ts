import { RollcallError } from '../../model/errors.ts'
import { option, secretPlace } from '../../model/wording.ts'
import { type ServerFinding, brokenConnection, noAnswer } from '../contract/finding.ts'
import type { HttpFailure } from '../contract/http-failure.ts'
import type { Answer } from './answer.ts'

/** What an error's message is made of, beside the failure itself. */
export interface Circumstances {
  /** What was tried, as in "may not …". */
  readonly doing: string
  readonly user: string | undefined
  readonly hasToken: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Why a server did not answer. */
export function findingOf(endpoint: string, failure: HttpFailure, timeout: number): ServerFinding {
  if (failure.isTimeout) return noAnswer(endpoint, timeout, failure)
  if (failure.code?.startsWith('HPE_')) return notPolaris(endpoint, 'it speaks no HTTP/1.1', failure)
  return brokenConnection(endpoint, failure, { withoutTls: WITHOUT_TLS, cause: failure })
}

const WITHOUT_TLS = 'write polaris:// instead of polariss://; Polaris itself has no TLS'

export function notPolaris(endpoint: string, why: string, cause?: unknown): ServerFinding {
  const hint = 'look at host and port: Polaris serves HTTP on port 8090'
  return { code: 'wrong-server', message: `${endpoint}: the response is not from Polaris: ${why}`, hint, cause }
}

/** What a server that works said. The first three digits of its codes are an HTTP status. */
export function refusalOf(answer: Answer, about: Circumstances): RollcallError {
  const { code, info } = answer
  const said = info.replace(/^access is not approved: ?/, '')
  if (said.includes('no permission')) return forbidden(about)
  if (Math.floor(code / 1000) === 401) return unauthenticated(said, about)
  const message = `polaris: cannot ${about.doing}: ${said} (code ${code})`
  const passes = code >= 500_000 || Math.floor(code / 1000) === 403
  return new RollcallError(passes ? 'unreachable' : 'usage', message)
}

function forbidden({ doing, user, hasToken }: Circumstances): RollcallError {
  const who = user ? `the user "${user}"` : hasToken ? 'the user of this token' : 'whoever shows no token'
  return new RollcallError('forbidden', `polaris: ${who} may not ${doing}`, {
    hint: 'an administrator grants it in a policy: the namespace or service, to be written',
  })
}

function unauthenticated(said: string, { doing, user, hasToken }: Circumstances): RollcallError {
  if (user) return new RollcallError('unauthenticated', `polaris: the user "${user}" is not let in: ${said}`)
  if (hasToken) return new RollcallError('unauthenticated', `polaris: the token is not accepted to ${doing}: ${said}`)
  return new RollcallError('unauthenticated', `polaris: a token is required to ${doing}`, {
    hint: `put a user's token in ${secretPlace('token', 'POLARIS_TOKEN')}, or log in with ${option('user')} and ${option('password')}`,
  })
}
