import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { option, secretPlace } from '../../model/wording.ts'
import { CallFailure, Status } from './calls.ts'
import { look } from './probe.ts'
import type { Tls } from '../contract/tls.ts'
import { waitLonger } from '../contract/finding.ts'

/** Facts for the message of an error, apart from the failure itself. */
export interface EtcdCircumstances {
  /** What was tried, as in "no permission to …". */
  readonly doing: string
  readonly user: string | undefined
  readonly tls: Tls | undefined
  /** Milliseconds. */
  readonly timeout: number
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** Turns the failures of one request, one per member, into the error that leaves this backend. */
export async function explain(failures: readonly CallFailure[], about: EtcdCircumstances): Promise<RollcallError> {
  const cause = failures.at(-1)
  if (!cause) return new RollcallError('unreachable', 'etcd: there is no endpoint')
  if (!cause.isOfTheMember) return toError(answerOf(cause, about), cause)
  const findings = await Promise.all(failures.map((failure) => findingOf(failure, about)))
  const [only, ...others] = findings
  if (only && others.length === 0) return toError({ ...only, message: `etcd: ${only.message}` }, cause)
  const same = findings.every((finding) => finding.code === only?.code)
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  return toError(
    {
      code: same && only ? only.code : 'unreachable',
      message: `etcd: none of ${findings.length} endpoints can be used: ${findings.map(({ message }) => message).join('; ')}`,
      ...(hint === undefined ? {} : { hint }),
    },
    cause,
  )
}

function toError({ code, message, hint }: Explanation, cause: CallFailure): RollcallError {
  return new RollcallError(code, message, { cause, ...(hint === undefined ? {} : { hint }) })
}

/** Explains the failure of one member; the message begins with the endpoint. */
async function findingOf(failure: CallFailure, { tls, timeout }: EtcdCircumstances): Promise<Explanation> {
  const { endpoint, code, details } = failure
  if (code === Status.deadlineExceeded)
    return { code: 'timeout', message: `no answer from ${endpoint} in ${timeout / 1000}s`, hint: waitLonger() }
  if (/\blearner\b/.test(details))
    return {
      code: 'unreachable',
      message: `${endpoint}: is a learner, which has no vote yet and serves no requests`,
      hint: VOTING_MEMBER,
    }
  if (details.startsWith('etcdserver:'))
    return { code: 'unreachable', message: `${endpoint}: ${details.slice('etcdserver: '.length)}`, hint: NO_QUORUM }
  if (failure.isOfAnotherProgram)
    return { code: 'wrong-server', message: `${endpoint}: is not an etcd server: ${details}`, hint: OTHER_PORT }
  const found = await look(endpoint, tls)
  if (!found) return { code: 'unreachable', message: `${endpoint}: ${briefly(details)}` }
  const { reason, ...rest } = found
  return { ...rest, message: `${endpoint}: ${reason}` }
}

const NO_QUORUM = 'the member is cut off from the majority of its cluster, or the cluster has lost its own'
const VOTING_MEMBER = 'use a voting member of its cluster, or promote it with etcdctl member promote'
const OTHER_PORT = 'check host and port: etcd serves its clients on port 2379'

/** Explains an error that a working member returned. */
function answerOf({ endpoint, code, details }: CallFailure, { doing, user }: EtcdCircumstances): Explanation {
  const said = details.replace(/^etcdserver: /, '')
  if (code === Status.permissionDenied) {
    return {
      code: 'forbidden',
      message: `etcd: ${user ? `the user "${user}"` : 'this user'} has no permission to ${doing}`,
    }
  }
  const known = ANSWERS.find(([pattern]) => pattern.test(details))?.[1]
  if (known) return known(said, user)
  return { code: code === Status.invalidArgument ? 'usage' : 'unreachable', message: `etcd: ${endpoint}: ${said}` }
}

type Answer = readonly [pattern: RegExp, explain: (said: string, user: string | undefined) => Explanation]

const ANSWERS: readonly Answer[] = [
  [
    /user name is empty/,
    () => ({
      code: 'unauthenticated',
      message: 'etcd: this server requires a user',
      hint: `name one with ${option('user')}; the password goes into ${secretPlace('password')}; a token into ${secretPlace('token')}`,
    }),
  ],
  [
    /verify-only/,
    () => ({
      code: 'unauthenticated',
      message: 'etcd: this server accepts only tokens signed elsewhere (JWT), not passwords',
      hint: `put a token in ${secretPlace('token')}, and no user`,
    }),
  ],
  [
    /invalid auth token/,
    (_, user) => ({
      code: 'unauthenticated',
      message: `etcd: the token${user === undefined ? '' : ` of the user "${user}"`} is not accepted`,
    }),
  ],
  [
    /authentication failed|revision of auth store/,
    (said, user) => ({ code: 'unauthenticated', message: `etcd: cannot log in as the user "${user ?? ''}": ${said}` }),
  ],
  [
    /database space exceeded/,
    () => ({
      code: 'storage',
      message: 'etcd: its storage quota is used up (alarm NOSPACE): nothing can be written',
      hint: 'compact and defragment it, then lift the alarm with etcdctl alarm disarm',
    }),
  ],
  [
    /request is too large|larger than max/,
    () => ({
      code: 'storage',
      message: 'etcd: the record is too large',
      hint: 'etcd accepts requests of up to 1.5 MiB, unless its --max-request-bytes is higher',
    }),
  ],
  [
    /revision has been compacted|future revision/,
    () => ({
      code: 'history-lost',
      message: 'etcd: the revision asked for is no longer in its history',
      hint: 'read again from now',
    }),
  ],
  [/requested lease not found/, () => ({ code: 'not-found', message: 'etcd: the lease is gone' })],
]

/** The details of a gRPC error without the parts that mean nothing to users. */
export function briefly(details: string): string {
  return details
    .replace(/^No connection established\. Last error: /, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[^)]*\)/, '')
    .replace(/\. Resolution note: .*$/s, '')
    .replace(/^(Error: )?connect /, '')
}
