import { type ErrorCode, RollcallError, messageOf } from '../../model/errors.ts'
import { advice, option } from '../../model/wording.ts'
import { waitLonger } from '../contract/finding.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../contract/socket-error.ts'
import { textIn, treeIn } from './object.ts'

/** What a request does, in the words of RBAC. */
export interface Doing {
  readonly verb: 'get' | 'list' | 'watch' | 'patch' | 'create'
  readonly resource: string
  /** Undefined: in all namespaces. */
  readonly namespace: string | undefined
  readonly name?: string | undefined
}

/** The API server that a request goes to. */
export interface Server {
  readonly url: URL
  /** Milliseconds a request may take. */
  readonly timeout: number
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** The error for an answer that is not a success. `text` is its body, mostly a Status of the API. */
export function refusal(status: number, text: string, doing: Doing, server: Server): RollcallError {
  const { code, message, hint } = explained(status, text, doing, server)
  return new RollcallError(code, `kubernetes: ${message}`, hint === undefined ? {} : { hint })
}

/** The error for a Status that comes as an event of a watch. */
export function refusalIn(object: unknown, doing: Doing, server: Server): RollcallError {
  const code = treeIn(object)['code']
  return refusal(typeof code === 'number' ? code : 500, JSON.stringify(object), doing, server)
}

/** The error for a request without an answer. What was aborted, and any other error, is returned as it is. */
export function unanswered(error: unknown, { url, timeout }: Server): unknown {
  if (!(error instanceof HttpFailure)) return error
  const { code, message, hint } = failed(error, url, timeout)
  return new RollcallError(code, `kubernetes: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) })
}

function explained(status: number, text: string, doing: Doing, { url }: Server): Explanation {
  const message = messageIn(text)
  if (/HTTP request to an HTTPS server/.test(text))
    return {
      code: 'wrong-server',
      message: `${url.host} speaks TLS only`,
      hint: "the cluster's server has to begin with https://",
    }
  if (status === 401)
    return {
      code: 'unauthenticated',
      message: `${url.host} does not accept the login`,
      hint: `the token or certificate has expired, or belongs to another cluster: check the kubeconfig, or pass ${advice('anotherToken')}`,
    }
  if (message === undefined)
    return { code: 'wrong-server', message: `${url.host} is not an API server (HTTP ${status})` }
  if (status === 403) return forbidden(message, doing)
  if (status === 404) return { code: 'not-found', message }
  if (status === 410)
    return {
      code: 'history-lost',
      message: 'the API server no longer has that revision',
      hint: 'read again from now',
    }
  if (status === 400 || status === 422) return { code: 'usage', message }
  return { code: 'unreachable', message: `${url.host}: ${message}` }
}

/** Whether an answer is a Status, which only an API server sends. */
export function isStatus(text: string): boolean {
  return messageIn(text) !== undefined
}

/** The message of a Status; undefined for anything else. */
function messageIn(text: string): string | undefined {
  try {
    const status = treeIn(JSON.parse(text))
    return status['kind'] === 'Status' ? textIn(status['message']) || textIn(status['reason']) : undefined
  } catch {
    return undefined
  }
}

function forbidden(status: string, { verb, resource, namespace, name }: Doing): Explanation {
  const [, user] = /\bUser "([^"]*)"/.exec(status) ?? []
  const who = user === undefined ? 'this user' : `the user "${user}"`
  const what = `${verb} ${resource}${name === undefined ? '' : ` "${name}"`}`
  const where = namespace === undefined ? 'in all namespaces' : `in the namespace "${namespace}"`
  const grant = `a Role${namespace === undefined ? ' of the cluster' : ''} with ${verb} on ${resource}, bound to that user, gives it`
  const hint = namespace === undefined ? `${grant}; or name one namespace with ${option('namespace')}` : grant
  return { code: 'forbidden', message: `${who} has no permission to ${what} ${where}`, hint }
}

function failed(failure: HttpFailure, url: URL, timeout: number): Explanation {
  const { code = '', message } = failure
  if (failure.isTimeout)
    return {
      code: 'timeout',
      message: `no answer from ${url.host} in ${timeout / 1000}s`,
      hint: waitLonger(),
    }
  if (isAboutOurCertificate(failure))
    return { code: 'unauthenticated', message: `${url.host} does not accept the client certificate` }
  if (isAboutTheirs(failure))
    return {
      code: 'unreachable',
      message: `${url.host} has a certificate that is not trusted: ${message}`,
      hint:
        code === 'ERR_TLS_CERT_ALTNAME_INVALID'
          ? `pass the name that it has with ${option('tls.serverName')}`
          : `pass its authority with ${option('tls.cacert')}, or name it in the kubeconfig`,
    }
  if (code.startsWith('HPE_')) return { code: 'wrong-server', message: `${url.host} is not an API server` }
  if (code === 'EPROTO' || /wrong version number|packet length too long/.test(message))
    return { code: 'wrong-server', message: `${url.host} does not speak TLS` }
  return { code: 'unreachable', message: `${url.host}: ${connectionError(failure)}` }
}

/** Whether the server did not answer, so that it is worth trying again. */
export function isAway(error: unknown): boolean {
  return error instanceof RollcallError && (error.code === 'unreachable' || error.code === 'timeout')
}

/** Whether the server no longer has the revision that was asked for. */
export function isGone(error: unknown): boolean {
  return error instanceof RollcallError && error.code === 'history-lost'
}

/** The message of an error without the registry's name. */
export function brief(error: unknown): string {
  return messageOf(error).replace(/^kubernetes: /, '')
}
