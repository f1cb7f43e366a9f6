import { RollcallError } from '../../model/errors.ts'
import { type Finding, brokenConnection, noAnswer, noneOf, toError } from '../contract/finding.ts'
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

/** The failures of one request, an agent each, as the error that leaves this backend. */
export function explain(failures: readonly RequestFailure[], about: Circumstances): RollcallError {
  const cause = failures.at(-1)
  if (cause && !cause.isOfTheAgent) return toError({ ...answerOf(cause, about), cause })
  const findings = failures.map((failure) => Object.assign(findingOf(failure, about), { cause: failure }))
  return noneOf('consul', 'agents', findings)
}

/** What one agent's failure comes to; its message begins with the endpoint. */
function findingOf(failure: RequestFailure, { doing, secure, timeout }: Circumstances): Finding {
  const { endpoint, code = '', said, status } = failure
  if (code === TIMEOUT) return noAnswer(endpoint, timeout)
  if (code === NOT_CONSUL || code.startsWith('HPE_'))
    return { code: 'wrong-server', message: `${endpoint}: is no Consul`, hint: OTHER_PORT }
  if (failure.isLeaderless)
    return { code: 'unreachable', message: `${endpoint}: its cluster has no leader`, hint: QUORUM }
  if (status !== undefined)
    return { code: 'unreachable', message: `${endpoint}: cannot ${doing}: ${brief(said)} (HTTP ${status})` }
  const withoutTls = secure ? 'write consul:// instead of consuls://' : undefined
  return brokenConnection(endpoint, { code, message: said }, { withoutTls })
}

const QUORUM = 'too few of its servers can reach one another: consul members shows them'
const OTHER_PORT = 'look at host and port: Consul serves HTTP on port 8500'

/** What an agent that works said. */
function answerOf({ endpoint, status, said }: RequestFailure, about: Circumstances): Finding {
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
      message: `consul: cannot ${about.doing}: there is no way to the data centre`,
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

function refusalOf(said: string, { doing, hasToken }: Circumstances): Finding {
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
