import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from './socket-error.ts'

/** Why one server of several could not be used; the message begins with its name. */
export interface ServerFinding {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
  readonly cause?: unknown
}

/** None of the servers could be used, as the error that leaves a backend. `kind`: what they are called, as in "agents". */
export function noneOf(driver: string, kind: string, findings: readonly ServerFinding[]): RollcallError {
  const [first, ...others] = findings
  if (!first) return new RollcallError('unreachable', `${driver}: there is no endpoint`)
  if (others.length === 0) return toError({ ...first, message: `${driver}: ${first.message}` })
  const code = findings.every((finding) => finding.code === first.code) ? first.code : 'unreachable'
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  const said = findings.map(({ message }) => message).join('; ')
  const message = `${driver}: none of ${findings.length} ${kind} can be used: ${said}`
  return toError({ code, message, cause: worstCause(findings), ...(hint === undefined ? {} : { hint }) })
}

/** One that leaves in doubt whether the request arrived, where there is one. */
function worstCause(findings: readonly ServerFinding[]): unknown {
  const causes = findings.map(({ cause }) => cause)
  return causes.find((cause) => !(cause instanceof Error && 'wasNeverSent' in cause && cause.wasNeverSent)) ?? causes[0]
}

export function toError({ code, message, hint, cause }: ServerFinding): RollcallError {
  return new RollcallError(code, message, { cause, ...(hint === undefined ? {} : { hint }) })
}

/** What to do about a server that does not answer in time. */
export function waitLonger(): string {
  return `check whether it is overloaded or cut off, or allow more time with ${option('requestTimeout')}`
}

/** `timeout`: milliseconds. */
export function noAnswer(endpoint: string, timeout: number, cause?: unknown): ServerFinding {
  return { code: 'timeout', message: `no answer from ${endpoint} in ${timeout / 1000}s`, hint: waitLonger(), cause }
}

/** A connection that failed. `withoutTls`: what to do where TLS was wanted, and the server has none. */
export function brokenConnection(
  endpoint: string,
  error: { readonly code?: string | undefined; readonly message: string },
  { withoutTls, cause }: { readonly withoutTls?: string | undefined; readonly cause?: unknown } = {},
): ServerFinding {
  const { code = '', message } = error
  const broken = Object.assign(new Error(message), { code })
  if (isAboutOurCertificate(broken)) {
    const wants = `${endpoint}: wants a client certificate that it trusts`
    return {
      code: 'unauthenticated',
      message: wants,
      hint: `name one with ${option('tls.cert')} and ${option('tls.key')}`,
      cause,
    }
  }
  if (isAboutTheirs(broken)) {
    const otherName = code === 'ERR_TLS_CERT_ALTNAME_INVALID'
    const hint = otherName
      ? `say with ${option('tls.serverName')} whom it names`
      : `name its authority with ${option('tls.cacert')}`
    const distrusted = `${endpoint}: has a certificate that is not trusted: ${message}`
    return { code: 'unreachable', message: distrusted, hint, cause }
  }
  if (withoutTls !== undefined && (code === 'EPROTO' || message.includes('wrong version number')))
    return { code: 'wrong-server', message: `${endpoint}: does not speak TLS`, hint: withoutTls, cause }
  return { code: 'unreachable', message: `${endpoint}: ${connectionError(broken)}`, cause }
}
