import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../socket-error.ts'
import { NOT_CONSUL, type RequestFailure, TIMEOUT } from './failure.ts'

/** What an error's message is made of, beside the failure itself. */
export interface Circumstances {
  /** What was tried, as in "may not …". */
  readonly doing: string
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** The failures of one request, an agent each, as the error that leaves this backend. */
export function explain(failures: readonly RequestFailure[], about: Circumstances): RollcallError {
  const cause = failures.at(-1)
  if (!cause) return new RollcallError('unreachable', 'consul: there is no endpoint')
  if (!cause.isOfTheAgent) return toError(answerOf(cause, about), cause)
  const findings = failures.map((failure) => findingOf(failure, about))
  const [only, ...others] = findings
  if (only && others.length === 0) return toError({ ...only, message: `consul: ${only.message}` }, cause)
  const same = findings.every(({ code }) => code === only?.code)
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  const message = `consul: none of ${findings.length} agents can be used: ${findings.map((each) => each.message).join('; ')}`
  return toError({ code: same && only ? only.code : 'unreachable', message, ...(hint ? { hint } : {}) }, cause)
}

function toError({ code, message, hint }: Explanation, cause: RequestFailure): RollcallError {
  return new RollcallError(code, message, { cause, ...(hint === undefined ? {} : { hint }) })
}

/** What one agent's failure comes to; its message begins with the endpoint. */
function findingOf(failure: RequestFailure, { secure, timeout }: Circumstances): Explanation {
  const { endpoint, code = '', said, status } = failure
  const error = Object.assign(new Error(said), { code })
  if (code === TIMEOUT)
    return { code: 'timeout', message: `no answer from ${endpoint} in ${timeout / 1000}s`, hint: LONGER }
  if (code === NOT_CONSUL || code.startsWith('HPE_'))
    return { code: 'wrong-server', message: `${endpoint}: is no Consul`, hint: OTHER_PORT }
  if (failure.isLeaderless)
    return { code: 'unreachable', message: `${endpoint}: its cluster has no leader`, hint: QUORUM }
  if (status !== undefined) return { code: 'unreachable', message: `${endpoint}: ${brief(said)} (HTTP ${status})` }
  if (isAboutOurCertificate(error)) return { code: 'unauthenticated', message: `${endpoint}: ${WANTED}`, hint: OURS }
  if (isAboutTheirs(error)) return distrust(endpoint, error)
  if (secure && (code === 'EPROTO' || said.includes('wrong version number')))
    return {
      code: 'wrong-server',
      message: `${endpoint}: does not speak TLS`,
      hint: 'write consul:// instead of consuls://',
    }
  return { code: 'unreachable', message: `${endpoint}: ${connectionError(error)}` }
}

const LONGER = 'look whether it is overloaded or cut off, or give it longer with --request-timeout'
const QUORUM = 'too few of its servers can reach one another: consul members shows them'
const OTHER_PORT = 'look at host and port: Consul serves HTTP on port 8500'
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

/** What an agent that works said. */
function answerOf({ endpoint, status, said }: RequestFailure, about: Circumstances): Explanation {
  if (/HTTP request to an HTTPS server/.test(said))
    return {
      code: 'wrong-server',
      message: `consul: ${endpoint}: speaks TLS only`,
      hint: 'write consuls:// instead of consul://',
    }
  if (/ACL not found/.test(said))
    return { code: 'unauthenticated', message: 'consul: its servers do not know this token', hint: TOKEN }
  if (status === 403 || status === 401 || /Permission denied/.test(said)) return refusalOf(said, about)
  if (/No path to datacenter/.test(said))
    return {
      code: 'usage',
      message: 'consul: there is no way to that data centre',
      hint: 'consul members -wan shows them',
    }
  if (/Consul Enterprise feature/.test(said))
    return {
      code: 'unsupported',
      message: 'consul: this is no Consul Enterprise, which alone has namespaces and partitions',
    }
  if (status === 413) return { code: 'storage', message: 'consul: the record is too large for it' }
  if (status === 404) return { code: 'wrong-server', message: `consul: ${endpoint}: is no Consul`, hint: OTHER_PORT }
  return { code: status === 400 ? 'usage' : 'unreachable', message: `consul: ${endpoint}: ${brief(said)}` }
}

const TOKEN = 'put the token into ROLLCALL_TOKEN, CONSUL_HTTP_TOKEN or a --token-file'

function refusalOf(said: string, { doing, hasToken }: Circumstances): Explanation {
  const [, right, on] = /lacks permission '([^']+)'(?: on "([^"]*)")?/.exec(said) ?? []
  const lacks = right ? `: it lacks ${right}${on ? ` on "${on}"` : ''}` : ''
  if (hasToken) return { code: 'forbidden', message: `consul: this token may not ${doing}${lacks}` }
  return { code: 'unauthenticated', message: `consul: without a token one may not ${doing}${lacks}`, hint: TOKEN }
}

/** Without the layers of calls between servers, and one line. */
export function brief(said: string): string {
  const [line = ''] = said.replace(/^(rpc error[^:]*: |rpc error making call: )+/, '').split('\n', 1)
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
