import { type RollcallError, messageOf } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import { type ServerFinding, brokenConnection, noAnswer, noneOf, toError } from '../contract/finding.ts'
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

/** Facts for the message of an error, apart from the failure itself. */
export interface ZooKeeperCircumstances {
  readonly endpoints: readonly string[]
  readonly user: string | undefined
  readonly secure: boolean
}

/**
 * The RollcallError for a failure of the client; other errors unchanged. `doing` says what was tried, as in "no
 * permission to …".
 */
export function explain(error: unknown, doing: string, about: ZooKeeperCircumstances): unknown {
  if (error instanceof NobodyServes) return nobody(error, about)
  const found = findingIn(error, doing, about)
  return found ? toError({ ...found, message: `zookeeper: ${found.message}`, cause: error }) : error
}

function findingIn(error: unknown, doing: string, about: ZooKeeperCircumstances): ServerFinding | undefined {
  if (error instanceof ServerError) return answer(error, doing, about)
  if (error instanceof ConnectionLoss)
    return {
      code: 'unreachable',
      message: `${error.endpoint}: ${reasonOf(error)}, while trying to ${doing}; whether that succeeded is unknown`,
      hint: 'check what is there now',
    }
  if (error instanceof NoAnswer) return noAnswer(error.endpoint ?? about.endpoints.join(', '), error.timeout)
  if (error instanceof TooLarge)
    return {
      code: 'storage',
      message: `${error.bytes} bytes to ${doing} are more than the server accepts`,
      hint: 'make the value smaller, or raise jute.maxbuffer on all servers (1 MB unless set)',
    }
  if (error instanceof SessionExpired) return { code: 'not-found', message: 'the session has expired', hint: AGAIN }
  if (error instanceof SessionClosed) return { code: 'not-found', message: 'the session is closed', hint: AGAIN }
  return undefined
}

const AGAIN = 'register again: its nodes were removed with it'

/** Explains an error that a working server returned. */
function answer({ code, path = '' }: ServerError, doing: string, { user }: ZooKeeperCircumstances): ServerFinding {
  const who = user === undefined ? 'a client without a user' : `the user "${user}"`
  switch (code) {
    case ServerCode.noAuth:
      return {
        code: 'forbidden',
        message: `${who} has no permission to ${doing}${path && !doing.includes(path) ? ` (${path})` : ''}`,
        hint: whoMay(),
      }
    case ServerCode.authFailed:
    case ServerCode.sessionClosedRequireSasl:
      return { code: 'unauthenticated', message: `the server rejects ${who}`, hint: howToLogIn() }
    case ServerCode.notEmpty:
      return { code: 'refused', message: `${path} has nodes below it`, hint: 'remove these first' }
    case ServerCode.noChildrenForEphemerals:
      return {
        code: 'refused',
        message: `${path} cannot be created: a node above it is ephemeral and cannot have children`,
      }
    case ServerCode.quotaExceeded:
      return { code: 'refused', message: `the quota above ${path} is used up`, hint: QUOTA }
    case ServerCode.throttled:
      return { code: 'unreachable', message: 'the server is overloaded and rejected the request' }
    default:
      return { code: 'unreachable', message: `cannot ${doing}: the server answered with error ${code}` }
  }
}

const QUOTA = "remove what is no longer needed there, or raise the quota (setquota in ZooKeeper's own client)"
const whoMay = () => `check the ACL of the node (getAcl), or use another user with ${option('user')}`
const howToLogIn = () =>
  `name a user with ${option('user')} and its password in ${option('password')}; ?auth=sasl logs in by SASL`

/** The error when no endpoint can be used, with the reason of each. */
function nobody(cause: NobodyServes, about: ZooKeeperCircumstances): RollcallError {
  const findings = cause.losses.map((loss) => ({ ...findingOf(loss, about), cause }))
  const closed: ServerFinding = { code: 'unreachable', message: 'the registry was closed before an answer came', cause }
  return noneOf('zookeeper', 'endpoints', findings.length > 0 ? findings : [closed])
}

function findingOf(loss: ConnectionLoss, { secure }: ZooKeeperCircumstances): ServerFinding {
  const message = `${loss.endpoint}: ${reasonOf(loss)}`
  if (loss instanceof LoginRefused) return { code: 'unauthenticated', message, hint: howToLogIn() }
  if (loss instanceof NoZooKeeper) return { code: 'wrong-server', message, hint: secure ? OTHER_PORT : MAYBE_TLS }
  if (!(loss.cause instanceof Error)) return { code: 'unreachable', message, hint: secure ? OTHER_PORT : SILENT }
  return brokenConnection(loss.endpoint, loss.cause, { withoutTls: secure ? WITHOUT_TLS : undefined })
}

const WITHOUT_TLS = 'write zookeeper:// instead of zookeepers://'
const OTHER_PORT = 'check host and port: ZooKeeper serves TLS only on its secureClientPort'
const MAYBE_TLS = 'check host and port (2181); write zookeepers:// if the server requires TLS'
const SILENT =
  'a server without a quorum, or with too many connections from this host (maxClientCnxns), hangs up or stays silent'

/** Why a connection was lost or refused, as text for messages. */
export function reasonOf(loss: Error): string {
  if (loss instanceof NobodyServes) return loss.losses.map((each) => `${each.endpoint}: ${reasonOf(each)}`).join('; ')
  const { cause } = loss
  return cause instanceof Error && !(loss instanceof NoZooKeeper || loss instanceof LoginRefused)
    ? connectionError(cause)
    : messageOf(loss)
}
