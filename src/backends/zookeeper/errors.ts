import { type ErrorCode, RollcallError, messageOf } from '../../model/errors.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../socket-error.ts'
import {
  ConnectionLoss,
  LoginRefused,
  NoAnswer,
  NobodyServes,
  NoZooKeeper,
  ServerCode,
  ServerError,
  SessionClosed,
  SessionExpired,
  TooLarge,
} from './client/index.ts'

/** What an error's message is made of, beside the failure itself. */
export interface Circumstances {
  readonly endpoints: readonly string[]
  readonly user: string | undefined
  readonly secure: boolean
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** The error that leaves this backend; `doing` says what was tried, as in "may not …". What is none of ours stays as it is. */
export function explain(error: unknown, doing: string, about: Circumstances): unknown {
  const found = explanationOf(error, doing, about)
  if (!found) return error
  const { code, message, hint } = found
  return new RollcallError(code, `zookeeper: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) })
}

function explanationOf(error: unknown, doing: string, about: Circumstances): Explanation | undefined {
  if (error instanceof ServerError) return answer(error, doing, about)
  if (error instanceof NobodyServes) return nobody(error, about)
  if (error instanceof ConnectionLoss)
    return {
      code: 'unreachable',
      message: `${error.endpoint}: ${reasonOf(error)}: whether it came to ${doing} is not known`,
      hint: 'look at what is there now',
    }
  if (error instanceof NoAnswer) {
    const where = error.endpoint ?? about.endpoints.join(', ')
    return { code: 'timeout', message: `no answer from ${where} in ${error.timeout / 1000}s`, hint: LONGER }
  }
  if (error instanceof TooLarge)
    return {
      code: 'storage',
      message: `${error.bytes} bytes to ${doing} are more than it takes, 1 MB (jute.maxbuffer)`,
    }
  if (error instanceof SessionExpired) return { code: 'not-found', message: 'the session has expired', hint: AGAIN }
  if (error instanceof SessionClosed) return { code: 'not-found', message: 'the session is closed', hint: AGAIN }
  return undefined
}

const LONGER = 'look whether it is overloaded or cut off, or give it longer with --request-timeout'
const AGAIN = 'register again: its nodes went with it'

/** What a server that works said. */
function answer({ code, path = '' }: ServerError, doing: string, { user }: Circumstances): Explanation {
  const who = user === undefined ? 'nobody in particular' : `the user "${user}"`
  switch (code) {
    case ServerCode.noAuth:
      return { code: 'forbidden', message: `${who} may not ${doing}${path && ` (${path})`}`, hint: WHO_MAY }
    case ServerCode.authFailed:
    case ServerCode.sessionClosedRequireSasl:
      return { code: 'unauthenticated', message: `${who} is not let in`, hint: LOG_IN }
    case ServerCode.notEmpty:
      return { code: 'refused', message: `${path} has nodes below it`, hint: 'remove these first' }
    case ServerCode.noChildrenForEphemerals:
      return { code: 'refused', message: `${path} cannot be: a node above it is ephemeral, and may have none below it` }
    case ServerCode.quotaExceeded:
      return { code: 'storage', message: `the quota above ${path} is used up` }
    case ServerCode.throttled:
      return { code: 'unreachable', message: 'it has too much to do and turned the request away' }
    default:
      return { code: 'unreachable', message: `cannot ${doing}: it answered with its error ${code}` }
  }
}

const WHO_MAY = 'look at the ACL of the node (getAcl), and name another user with --user'
const LOG_IN = 'name a user with --user and its password in ROLLCALL_PASSWORD; ?auth=sasl logs in by SASL'

/** Every endpoint with its own reason. */
function nobody({ losses }: NobodyServes, about: Circumstances): Explanation {
  const findings = losses.map((loss) => findingOf(loss, about))
  const [only] = findings
  if (!only) return { code: 'unreachable', message: 'it was closed before it answered' }
  if (findings.length === 1) return only
  const same = findings.every((finding) => finding.code === only.code)
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  return {
    code: same ? only.code : 'unreachable',
    message: `none of ${findings.length} endpoints can be used: ${findings.map(({ message }) => message).join('; ')}`,
    ...(hint === undefined ? {} : { hint }),
  }
}

function findingOf(loss: ConnectionLoss, { secure }: Circumstances): Explanation {
  const message = `${loss.endpoint}: ${reasonOf(loss)}`
  if (loss instanceof LoginRefused) return { code: 'unauthenticated', message, hint: LOG_IN }
  if (loss instanceof NoZooKeeper) return { code: 'wrong-server', message, hint: secure ? OTHER_PORT : MAYBE_TLS }
  const { cause } = loss
  if (!(cause instanceof Error)) return { code: 'unreachable', message, hint: secure ? OTHER_PORT : SILENT }
  if (isAboutOurCertificate(cause))
    return { code: 'unauthenticated', message, hint: 'it wants a certificate: --cert, --key' }
  if (isAboutTheirs(cause)) return { code: 'unreachable', message, hint: 'name its authority with --cacert' }
  if ('code' in cause && cause.code === 'EPROTO')
    return {
      code: 'wrong-server',
      message: `${loss.endpoint}: it does not speak TLS`,
      hint: 'write zookeeper:// for one without',
    }
  return { code: 'unreachable', message }
}

const OTHER_PORT = 'look at host and port: ZooKeeper serves TLS on its secureClientPort alone'
const MAYBE_TLS = 'look at host and port (2181); write zookeepers:// where it wants TLS'
const SILENT = 'a server that has no quorum, or too many connections from here (maxClientCnxns), hangs up or is silent'

/** What became of a connection, for people. */
export function reasonOf(loss: Error): string {
  if (loss instanceof NobodyServes) return loss.losses.map((each) => `${each.endpoint}: ${reasonOf(each)}`).join('; ')
  const { cause } = loss
  return cause instanceof Error && !(loss instanceof NoZooKeeper || loss instanceof LoginRefused)
    ? connectionError(cause)
    : messageOf(loss)
}
