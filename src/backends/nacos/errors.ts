import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import type { HttpFailure } from '../http-calls/failure.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../socket-error.ts'
import { Gibberish, Refusal } from './refusal.ts'

/** What an error's message is made of, beside the failure itself. */
export interface Circumstances {
  /** What was tried, as in "may not …". */
  readonly doing: string
  readonly user: string | undefined
  /** A token was given instead of a user. */
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Why one node gave no answer that can be used. */
export interface NodeFailure {
  readonly endpoint: string
  readonly failure: HttpFailure | Refusal | Gibberish
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** No node could be used: one failure each. */
export function explainFailures(failures: readonly NodeFailure[], about: Circumstances): RollcallError {
  const findings = failures.map((failure) => findingOf(failure, about))
  const [first, ...others] = findings
  if (!first) return new RollcallError('unreachable', 'nacos: there is no endpoint')
  const cause = failures.at(-1)?.failure
  if (others.length === 0) return toError({ ...first, message: `nacos: ${first.message}` }, cause)
  const code = findings.every((finding) => finding.code === first.code) ? first.code : 'unreachable'
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  const message = `nacos: none of ${findings.length} nodes can be used: ${findings.map((each) => each.message).join('; ')}`
  return toError({ code, message, ...(hint === undefined ? {} : { hint }) }, cause)
}

/** A node that works said no. */
export function explainRefusal(endpoint: string, refusal: Refusal, about: Circumstances): RollcallError {
  return toError(answerOf(endpoint, refusal, about), refusal)
}

function toError({ code, message, hint }: Explanation, cause: unknown): RollcallError {
  return new RollcallError(code, message, { cause, ...(hint === undefined ? {} : { hint }) })
}

const LONGER = 'look whether it is overloaded or cut off, or give it longer with --request-timeout'
const OTHER_PORT = 'look at host, port and context path: Nacos serves HTTP on port 8848 under /nacos'

function findingOf({ endpoint, failure }: NodeFailure, { secure, timeout }: Circumstances): Explanation {
  if (failure instanceof Gibberish)
    return { code: 'wrong-server', message: `${endpoint}: is no Nacos`, hint: OTHER_PORT }
  if (failure instanceof Refusal) return ofARefusal(endpoint, failure)
  const { code = '', message, isTimeout } = failure
  if (isTimeout) return { code: 'timeout', message: `no answer from ${endpoint} in ${timeout / 1000}s`, hint: LONGER }
  if (code.startsWith('HPE_')) return { code: 'wrong-server', message: `${endpoint}: is no Nacos`, hint: OTHER_PORT }
  const error = Object.assign(new Error(message), { code })
  if (isAboutOurCertificate(error)) return { code: 'unauthenticated', message: `${endpoint}: ${WANTED}`, hint: OURS }
  if (isAboutTheirs(error)) return distrust(endpoint, error)
  if (secure && (code === 'EPROTO' || message.includes('wrong version number')))
    return {
      code: 'wrong-server',
      message: `${endpoint}: does not speak TLS`,
      hint: 'write nacos:// instead of nacoss://',
    }
  return { code: 'unreachable', message: `${endpoint}: ${connectionError(error)}` }
}

const WANTED = 'wants a client certificate that it trusts'
const OURS = 'name one with --cert and --key'

function distrust(endpoint: string, error: NodeJS.ErrnoException): Explanation {
  const otherName = error.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
  return {
    code: 'unreachable',
    message: `${endpoint}: has a certificate that is not trusted: ${error.message}`,
    hint: otherName ? 'say with --tls-server-name whom it names' : 'name its authority with --cacert',
  }
}

function ofARefusal(endpoint: string, { said, status }: Refusal): Explanation {
  return { code: 'unreachable', message: `${endpoint}: ${said} (HTTP ${status})` }
}

function answerOf(endpoint: string, refusal: Refusal, about: Circumstances): Explanation {
  const { status, said, code } = refusal
  if (refusal.wantsTls)
    return {
      code: 'wrong-server',
      message: `nacos: ${endpoint}: speaks TLS only`,
      hint: 'write nacoss:// instead of nacos://',
    }
  if (status === 401 || status === 403) return ofTheUser(refusal, about)
  if (code === 40_000 || status === 410)
    return {
      code: 'unsupported',
      message: `nacos: ${endpoint} has this part of its API switched off, which is needed to ${about.doing}`,
      hint: 'nacos.core.api.compatibility.client.enabled and …admin.enabled in its configuration switch it on',
    }
  if (/can't register (persistent|ephemeral) instance/.test(said))
    return {
      code: 'conflict',
      message: `nacos: ${said}`,
      hint: 'a service holds either ephemeral or persistent instances: leave --persistent out, or add it',
    }
  if (status === 400 || code === 21_001 || code === 21_004 || said.includes('instance format invalid'))
    return { code: 'usage', message: `nacos: it refuses to ${about.doing}: ${said}` }
  if (refusal.isOfThePath)
    return { code: 'wrong-server', message: `nacos: ${endpoint}: is no Nacos: ${said}`, hint: OTHER_PORT }
  return { code: 'unreachable', message: `nacos: ${endpoint}: ${said} (HTTP ${status})` }
}

const LOGIN = 'name a user with --user; the password goes into ROLLCALL_PASSWORD, NACOS_PASSWORD or a --password-file'

function ofTheUser({ said, wantsNewToken }: Refusal, { doing, user, hasToken }: Circumstances): Explanation {
  if (user === undefined && !hasToken)
    return { code: 'unauthenticated', message: `nacos: without a user one may not ${doing}`, hint: LOGIN }
  if (wantsNewToken)
    return {
      code: 'unauthenticated',
      message: `nacos: it does not take ${user ? 'the token that it gave out' : 'this token'}: ${said}`,
    }
  return { code: 'forbidden', message: `nacos: ${user ? `the user "${user}"` : 'this token'} may not ${doing}` }
}
