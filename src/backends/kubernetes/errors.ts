import { type ErrorCode, RollcallError, messageOf } from '../../model/errors.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../contract/socket-error.ts'
import { textIn, treeIn } from './object.ts'

/** What was asked, in the words of RBAC. */
export interface Doing {
  readonly verb: 'get' | 'list' | 'watch' | 'patch'
  readonly resource: string
  /** Undefined: in all. */
  readonly namespace: string | undefined
  readonly name?: string | undefined
}

/** Whom it was asked. Milliseconds. */
export interface Server {
  readonly url: URL
  readonly timeout: number
}

interface Explanation {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

/** What an answer that is no success says. `text` is its body: mostly a Status of the API. */
export function refusal(status: number, text: string, doing: Doing, server: Server): RollcallError {
  const { code, message, hint } = explained(status, text, doing, server)
  return new RollcallError(code, `kubernetes: ${message}`, hint === undefined ? {} : { hint })
}

/** An object of the API instead of an answer, as a watch has it. */
export function refusalIn(object: unknown, doing: Doing, server: Server): RollcallError {
  const code = treeIn(object)['code']
  return refusal(typeof code === 'number' ? code : 500, JSON.stringify(object), doing, server)
}

/** Why there was no answer; what was aborted stays what it is. */
export function unanswered(error: unknown, { url, timeout }: Server): unknown {
  if (!(error instanceof HttpFailure)) return error
  const { code, message, hint } = failed(error, url, timeout)
  return new RollcallError(code, `kubernetes: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) })
}

function explained(status: number, text: string, doing: Doing, { url }: Server): Explanation {
  const said = saidIn(text)
  if (/HTTP request to an HTTPS server/.test(text))
    return {
      code: 'wrong-server',
      message: `${url.host} speaks TLS only`,
      hint: "the cluster's server begins with https://",
    }
  if (status === 401)
    return {
      code: 'unauthenticated',
      message: `${url.host} does not know who we are`,
      hint: 'the token or certificate has expired, or is of another cluster: look at the kubeconfig, or give a --token-file',
    }
  if (said === undefined) return { code: 'wrong-server', message: `${url.host} is no API server (HTTP ${status})` }
  if (status === 403) return forbidden(said, doing)
  if (status === 404) return { code: 'not-found', message: said }
  if (status === 410)
    return {
      code: 'history-lost',
      message: 'the revision asked for is no longer in its history',
      hint: 'read again from now',
    }
  if (status === 400 || status === 422) return { code: 'usage', message: said }
  return { code: 'unreachable', message: `${url.host}: ${said}` }
}

/** Whether it is an API server that said so. */
export function isStatus(text: string): boolean {
  return saidIn(text) !== undefined
}

/** The message of a Status; undefined for what is none. */
function saidIn(text: string): string | undefined {
  try {
    const status = treeIn(JSON.parse(text))
    return status['kind'] === 'Status' ? textIn(status['message']) || textIn(status['reason']) : undefined
  } catch {
    return undefined
  }
}

function forbidden(said: string, { verb, resource, namespace, name }: Doing): Explanation {
  const [, user] = /\bUser "([^"]*)"/.exec(said) ?? []
  const who = user === undefined ? 'this user' : `the user "${user}"`
  const what = `${verb} ${resource}${name === undefined ? '' : ` "${name}"`}`
  const where = namespace === undefined ? 'in all namespaces' : `in the namespace "${namespace}"`
  const grant = `a Role${namespace === undefined ? ' of the cluster' : ''} with ${verb} on ${resource}, bound to that user, allows it`
  const hint = namespace === undefined ? `${grant}; or name one namespace with -n` : grant
  return { code: 'forbidden', message: `${who} may not ${what} ${where}`, hint }
}

function failed(failure: HttpFailure, url: URL, timeout: number): Explanation {
  const { code = '', message } = failure
  if (failure.isTimeout)
    return {
      code: 'timeout',
      message: `no answer from ${url.host} in ${timeout / 1000}s`,
      hint: 'look whether it is overloaded or cut off, or give it longer with --request-timeout',
    }
  if (isAboutOurCertificate(failure))
    return { code: 'unauthenticated', message: `${url.host} does not accept the client certificate` }
  if (isAboutTheirs(failure))
    return {
      code: 'unreachable',
      message: `${url.host} has a certificate that is not trusted: ${message}`,
      hint:
        code === 'ERR_TLS_CERT_ALTNAME_INVALID'
          ? 'say with --tls-server-name whom it names'
          : 'name its authority with --cacert, or in the kubeconfig',
    }
  if (code.startsWith('HPE_')) return { code: 'wrong-server', message: `${url.host} is no API server` }
  if (code === 'EPROTO' || /wrong version number|packet length too long/.test(message))
    return { code: 'wrong-server', message: `${url.host} does not speak TLS` }
  return { code: 'unreachable', message: `${url.host}: ${connectionError(failure)}` }
}

/** Whether the server is merely away. */
export function isAway(error: unknown): boolean {
  return error instanceof RollcallError && (error.code === 'unreachable' || error.code === 'timeout')
}

export function isGone(error: unknown): boolean {
  return error instanceof RollcallError && error.code === 'history-lost'
}

export function brief(error: unknown): string {
  return messageOf(error).replace(/^kubernetes: /, '')
}
