import { type RollcallError, messageOf } from '../../model/errors.ts'
import { type Finding, brokenConnection, noAnswer, noneOf, toError } from '../contract/finding.ts'
import { connectionError } from '../contract/socket-error.ts'
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
export interface ZooKeeperCircumstances {
  readonly endpoints: readonly string[]
  readonly user: string | undefined
  readonly secure: boolean
}

/** The error that leaves this backend; `doing` says what was tried, as in "may not …". What is none of ours stays as it is. */
export function explain(error: unknown, doing: string, about: ZooKeeperCircumstances): unknown {
  if (error instanceof NobodyServes) return nobody(error, about)
  const found = findingIn(error, doing, about)
  return found ? toError({ ...found, message: `zookeeper: ${found.message}`, cause: error }) : error
}

function findingIn(error: unknown, doing: string, about: ZooKeeperCircumstances): Finding | undefined {
  if (error instanceof ServerError) return answer(error, doing, about)
  if (error instanceof ConnectionLoss)
    return {
      code: 'unreachable',
      message: `${error.endpoint}: ${reasonOf(error)}: whether it came to ${doing} is not known`,
      hint: 'look at what is there now',
    }
  if (error instanceof NoAnswer) return noAnswer(error.endpoint ?? about.endpoints.join(', '), error.timeout)
  if (error instanceof TooLarge)
    return {
      code: 'storage',
      message: `${error.bytes} bytes to ${doing} are more than it takes`,
      hint: 'make the value smaller, or raise jute.maxbuffer on all servers (1 MB unless set)',
    }
  if (error instanceof SessionExpired) return { code: 'not-found', message: 'the session has expired', hint: AGAIN }
  if (error instanceof SessionClosed) return { code: 'not-found', message: 'the session is closed', hint: AGAIN }
  return undefined
}

const AGAIN = 'register again: its nodes went with it'

/** What a server that works said. */
function answer({ code, path = '' }: ServerError, doing: string, { user }: ZooKeeperCircumstances): Finding {
  const who = user === undefined ? 'a client without a user' : `the user "${user}"`
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
      return { code: 'refused', message: `the quota above ${path} is used up`, hint: QUOTA }
    case ServerCode.throttled:
      return { code: 'unreachable', message: 'it has too much to do and turned the request away' }
    default:
      return { code: 'unreachable', message: `cannot ${doing}: it answered with its error ${code}` }
  }
}

const QUOTA = "remove what is no longer needed there, or raise the quota (setquota in ZooKeeper's own client)"
const WHO_MAY = 'look at the ACL of the node (getAcl), and name another user with --user'
const LOG_IN = 'name a user with --user and its password in ROLLCALL_PASSWORD; ?auth=sasl logs in by SASL'

/** Every endpoint with its own reason. */
function nobody(cause: NobodyServes, about: ZooKeeperCircumstances): RollcallError {
  const findings = cause.losses.map((loss) => ({ ...findingOf(loss, about), cause }))
  const closed: Finding = { code: 'unreachable', message: 'it was closed before it answered', cause }
  return noneOf('zookeeper', 'endpoints', findings.length > 0 ? findings : [closed])
}

function findingOf(loss: ConnectionLoss, { secure }: ZooKeeperCircumstances): Finding {
  const message = `${loss.endpoint}: ${reasonOf(loss)}`
  if (loss instanceof LoginRefused) return { code: 'unauthenticated', message, hint: LOG_IN }
  if (loss instanceof NoZooKeeper) return { code: 'wrong-server', message, hint: secure ? OTHER_PORT : MAYBE_TLS }
  if (!(loss.cause instanceof Error)) return { code: 'unreachable', message, hint: secure ? OTHER_PORT : SILENT }
  return brokenConnection(loss.endpoint, loss.cause, { withoutTls: secure ? WITHOUT_TLS : undefined })
}

const WITHOUT_TLS = 'write zookeeper:// instead of zookeepers://'
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
