import type { RollcallError } from '../../model/errors.ts'
import { type Finding, brokenConnection, noAnswer, noneOf, toError } from '../contract/finding.ts'
import type { HttpFailure } from '../contract/http-failure.ts'
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

/** No node could be used: one failure each. */
export function explainFailures(failures: readonly NodeFailure[], about: Circumstances): RollcallError {
  const findings = failures.map((failure) => Object.assign(findingOf(failure, about), { cause: failure.failure }))
  return noneOf('nacos', 'nodes', findings)
}

/** A node that works said no. */
export function explainRefusal(endpoint: string, refusal: Refusal, about: Circumstances): RollcallError {
  return toError({ ...answerOf(endpoint, refusal, about), cause: refusal })
}

const OTHER_PORT = 'look at host, port and context path: Nacos serves HTTP on port 8848 under /nacos'

function findingOf({ endpoint, failure }: NodeFailure, { secure, timeout }: Circumstances): Finding {
  if (failure instanceof Gibberish)
    return { code: 'wrong-server', message: `${endpoint}: is no Nacos`, hint: OTHER_PORT }
  if (failure instanceof Refusal) return ofARefusal(endpoint, failure)
  const { code = '', isTimeout } = failure
  if (isTimeout) return noAnswer(endpoint, timeout)
  if (code.startsWith('HPE_')) return { code: 'wrong-server', message: `${endpoint}: is no Nacos`, hint: OTHER_PORT }
  return brokenConnection(endpoint, failure, { withoutTls: secure ? WITHOUT_TLS : undefined })
}

const WITHOUT_TLS = 'write nacos:// instead of nacoss://'

function ofARefusal(endpoint: string, { said, status }: Refusal): Finding {
  return { code: 'unreachable', message: `${endpoint}: ${said} (HTTP ${status})` }
}

function answerOf(endpoint: string, refusal: Refusal, about: Circumstances): Finding {
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

function ofTheUser({ said, wantsNewToken }: Refusal, { doing, user, hasToken }: Circumstances): Finding {
  if (user === undefined && !hasToken)
    return { code: 'unauthenticated', message: `nacos: without a user one may not ${doing}`, hint: LOGIN }
  if (wantsNewToken)
    return {
      code: 'unauthenticated',
      message: `nacos: it does not take ${user ? 'the token that it gave out' : 'this token'}: ${said}`,
    }
  return { code: 'forbidden', message: `nacos: ${user ? `the user "${user}"` : 'this token'} may not ${doing}` }
}
