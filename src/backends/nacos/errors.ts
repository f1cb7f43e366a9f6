import type { RollcallError } from '../../model/errors.ts'
import { option, secretPlace } from '../../model/wording.ts'
import { type ServerFinding, brokenConnection, noAnswer, noneOf, toError } from '../contract/finding.ts'
import type { HttpFailure } from '../contract/http-failure.ts'
import { ForeignAnswer, Refusal } from './refusal.ts'

/** What an error's message says beside the failure itself. */
export interface AttemptedCall {
  /** What was tried, as in "no permission to …". */
  readonly doing: string
  readonly user: string | undefined
  /** A token was given instead of a user. */
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Why a node gave no usable answer. */
export interface NodeFailure {
  readonly endpoint: string
  readonly failure: HttpFailure | Refusal | ForeignAnswer
}

/** The error where no node could be used, with the failure of each. */
export function explainFailures(failures: readonly NodeFailure[], about: AttemptedCall): RollcallError {
  const findings = failures.map((failure) => Object.assign(findingOf(failure, about), { cause: failure.failure }))
  return noneOf('nacos', 'nodes', findings)
}

/** The error where a node that works refused a call. */
export function explainRefusal(endpoint: string, refusal: Refusal, about: AttemptedCall): RollcallError {
  return toError({ ...answerOf(endpoint, refusal, about), cause: refusal })
}

const OTHER_PORT = 'check host, port and context path: Nacos serves HTTP on port 8848 under /nacos'

function findingOf({ endpoint, failure }: NodeFailure, { secure, timeout }: AttemptedCall): ServerFinding {
  if (failure instanceof ForeignAnswer)
    return { code: 'wrong-server', message: `${endpoint}: is not Nacos`, hint: OTHER_PORT }
  if (failure instanceof Refusal) return ofARefusal(endpoint, failure)
  const { code = '', isTimeout } = failure
  if (isTimeout) return noAnswer(endpoint, timeout)
  if (code.startsWith('HPE_')) return { code: 'wrong-server', message: `${endpoint}: is not Nacos`, hint: OTHER_PORT }
  return brokenConnection(endpoint, failure, { withoutTls: secure ? WITHOUT_TLS : undefined })
}

const WITHOUT_TLS = 'write nacos:// instead of nacoss://'

function ofARefusal(endpoint: string, { said, status }: Refusal): ServerFinding {
  return { code: 'unreachable', message: `${endpoint}: ${said} (HTTP ${status})` }
}

function answerOf(endpoint: string, refusal: Refusal, about: AttemptedCall): ServerFinding {
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
      message: `nacos: ${endpoint} has disabled the part of its API that is needed to ${about.doing}`,
      hint: 'nacos.core.api.compatibility.client.enabled and …admin.enabled in its configuration enable it',
    }
  if (said.includes("can't register persistent instance"))
    return {
      code: 'conflict',
      message: `nacos: ${said}`,
      hint: `${ONE_KIND}: give a ${option('ttl')}, leave ${option('settings.persistent')} out, or wait that long`,
    }
  if (said.includes("can't register ephemeral instance"))
    return {
      code: 'conflict',
      message: `nacos: ${said}`,
      hint: `${ONE_KIND}: pass ${option('ttl', null)}, or wait that long`,
    }
  if (status === 400 || code === 21_001 || code === 21_004 || said.includes('instance format invalid'))
    return { code: 'usage', message: `nacos: the server refused to ${about.doing}: ${said}` }
  if (refusal.isOfThePath)
    return { code: 'wrong-server', message: `nacos: ${endpoint}: is not Nacos: ${said}`, hint: OTHER_PORT }
  return { code: 'unreachable', message: `nacos: ${endpoint}: ${said} (HTTP ${status})` }
}

const ONE_KIND =
  'a service holds either ephemeral or persistent instances, and is of that kind until a minute or two after the last is gone'

const howToLogIn = () =>
  `name a user with ${option('user')}; the password goes into ${secretPlace('password', 'NACOS_PASSWORD')}`

function ofTheUser({ said, wantsNewToken }: Refusal, { doing, user, hasToken }: AttemptedCall): ServerFinding {
  if (user === undefined && !hasToken)
    return { code: 'unauthenticated', message: `nacos: a login is required to ${doing}`, hint: howToLogIn() }
  if (wantsNewToken)
    return {
      code: 'unauthenticated',
      message: `nacos: the server refused ${user ? 'the token that it issued' : 'this token'}: ${said}`,
    }
  return {
    code: 'forbidden',
    message: `nacos: ${user ? `the user "${user}"` : 'this token'} has no permission to ${doing}`,
  }
}
