import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import type { HttpFailure } from '../http-calls/failure.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../socket-error.ts'
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

/** What one server was found to be; the message begins with its name. */
export interface Finding {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
  readonly cause?: unknown
}

/** What is wrong with servers, of which none could be used, as the error that leaves this backend. */
export function noneOf(findings: readonly Finding[]): RollcallError {
  const [only, ...others] = findings
  if (!only) return new RollcallError('unreachable', 'polaris: there is no server')
  if (others.length === 0) return toError({ ...only, message: `polaris: ${only.message}` })
  const same = findings.every(({ code }) => code === only.code)
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  const message = `polaris: none of ${findings.length} servers can be used: ${findings.map((each) => each.message).join('; ')}`
  return toError({ code: same ? only.code : 'unreachable', message, cause: only.cause, ...(hint ? { hint } : {}) })
}

/** Why a server did not answer. */
export function findingOf(endpoint: string, failure: HttpFailure, timeout: number): Finding {
  const cause = failure
  if (failure.isTimeout) {
    return { code: 'timeout', message: `no answer from ${endpoint} in ${timeout / 1000}s`, hint: LONGER, cause }
  }
  const error = Object.assign(new Error(failure.message), { code: failure.code })
  if (error.code?.startsWith('HPE_')) return notPolaris(endpoint, 'it speaks no HTTP/1.1', cause)
  if (isAboutOurCertificate(error)) {
    const message = `${endpoint}: wants a client certificate that it trusts`
    return { code: 'unauthenticated', message, hint: 'name one with --cert and --key', cause }
  }
  if (isAboutTheirs(error)) return distrust(endpoint, error)
  if (error.code === 'EPROTO' || error.message.includes('wrong version number')) {
    const hint = 'write polaris:// instead of polariss://; Polaris itself has no TLS'
    return { code: 'wrong-server', message: `${endpoint}: does not speak TLS`, hint, cause }
  }
  return { code: 'unreachable', message: `${endpoint}: ${connectionError(error)}`, cause }
}

export function notPolaris(endpoint: string, why: string, cause?: unknown): Finding {
  const hint = 'look at host and port: Polaris serves HTTP on port 8090'
  return { code: 'wrong-server', message: `${endpoint}: is no Polaris: ${why}`, hint, cause }
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
  if (hasToken) return new RollcallError('unauthenticated', `polaris: the token is not taken to ${doing}: ${said}`)
  return new RollcallError('unauthenticated', `polaris: a token is wanted to ${doing}`, {
    hint: "put a user's token in POLARIS_TOKEN or a --token-file, or log in with --user and ROLLCALL_PASSWORD",
  })
}

const LONGER = 'look whether it is overloaded or cut off, or give it longer with --request-timeout'

function distrust(endpoint: string, error: NodeJS.ErrnoException): Finding {
  const otherName = error.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
  return {
    code: 'unreachable',
    message: `${endpoint}: has a certificate that is not trusted: ${error.message}`,
    hint: otherName ? 'say with --tls-server-name whom it names' : 'name its authority with --cacert',
    cause: error,
  }
}

function toError({ code, message, hint, cause }: Finding): RollcallError {
  return new RollcallError(code, message, { cause, ...(hint === undefined ? {} : { hint }) })
}
