import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import type { HttpFailure } from '../http-calls/failure.ts'
import { connectionError, isAboutOurCertificate, isAboutTheirs } from '../socket-error.ts'

/** What an error's message is made of, beside the failure itself. */
export interface Circumstances {
  /** What was tried, as in "cannot …". */
  readonly doing: string
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Why one server could not be used; the message begins with its name. */
export interface Finding {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
  readonly cause?: unknown
}

/** Why a server did not answer. */
export function findingOf(endpoint: string, failure: HttpFailure, { secure, timeout }: Circumstances): Finding {
  const { code = '', message, isTimeout } = failure
  const cause = failure
  if (isTimeout)
    return { code: 'timeout', message: `no answer from ${endpoint} in ${timeout / 1000}s`, hint: LONGER, cause }
  if (code.startsWith('HPE_')) return notHttp(endpoint, secure, cause)
  const error = Object.assign(new Error(message), { code })
  if (isAboutOurCertificate(error)) {
    const wants = `${endpoint}: wants a client certificate that it trusts`
    return { code: 'unauthenticated', message: wants, hint: 'name one with --cert and --key', cause }
  }
  if (isAboutTheirs(error)) {
    const hint =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'say with --tls-server-name whom it names'
        : 'name its authority with --cacert'
    return {
      code: 'unreachable',
      message: `${endpoint}: has a certificate that is not trusted: ${message}`,
      hint,
      cause,
    }
  }
  if (secure && (code === 'EPROTO' || message.includes('wrong version number')))
    return wrong(endpoint, 'does not speak TLS', 'write http:// instead of https://', cause)
  return { code: 'unreachable', message: `${endpoint}: ${connectionError(error)}`, ...hintOf(code, secure), cause }
}

function hintOf(code: string, secure: boolean): { readonly hint?: string } {
  if (code === 'ECONNREFUSED') return { hint: 'rollcall serve listens at port 8700 unless told otherwise' }
  return code === 'ECONNRESET' && !secure ? { hint: 'if it speaks TLS alone, write https:// instead of http://' } : {}
}

/** What was answered, outside of the API's envelope: by a proxy, or by a server of another kind. */
export function findingOfStatus(
  endpoint: string,
  {
    status,
    path,
    location,
  }: { readonly status: number; readonly path: string; readonly location?: string | undefined },
): Finding {
  if (status >= 300 && status < 400)
    return wrong(endpoint, `redirects to ${placeOf(location)}`, 'name that place, if it is the one that is meant')
  if (status === 404) return wrong(endpoint, `there is no registry: no ${path}`, OTHER_PLACE)
  if (status === 429 || status >= 500)
    return { code: 'unreachable', message: `${endpoint}: answers HTTP ${status} to ${path}` }
  return wrong(endpoint, `is no registry: it answers HTTP ${status} to ${path}`, OTHER_PLACE)
}

/** None of the servers could be used. */
export function noneOf(findings: readonly Finding[]): RollcallError {
  const [only, ...others] = findings
  if (!only) return new RollcallError('unreachable', 'http: there is no server')
  if (others.length === 0) return toError({ ...only, message: `http: ${only.message}` })
  const same = findings.every(({ code }) => code === only.code)
  const hint = findings.find((finding) => finding.hint !== undefined)?.hint
  const message = `http: none of ${findings.length} servers can be used: ${findings.map((each) => each.message).join('; ')}`
  return toError({ code: same ? only.code : 'unreachable', message, cause: only.cause, ...(hint ? { hint } : {}) })
}

/** The errors of failures by the first three digits of their code. Source: docs/serve.md. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'usage',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  413: 'storage',
  429: 'unreachable',
  500: 'unreachable',
  501: 'unsupported',
  503: 'unreachable',
}

/** What a server that works said. Another server's codes are its own: there the HTTP status tells more. */
export function refusalOf(
  { code, msg, status = 200 }: { readonly code: number; readonly msg: string; readonly status?: number },
  about: Pick<Circumstances, 'doing' | 'hasToken'>,
): RollcallError {
  const digits = status >= 400 ? status : Math.floor(code / 100)
  const isMissing = /\bnot found\b|不存在/.test(msg)
  const known = isMissing ? 'not-found' : (CODES[digits] ?? (digits >= 500 ? 'unreachable' : 'usage'))
  return ofCode(known, msg, about)
}

function ofCode(code: ErrorCode, msg: string, { doing, hasToken }: Pick<Circumstances, 'doing' | 'hasToken'>) {
  if (code === 'unauthenticated' && !hasToken)
    return new RollcallError(code, `http: a token is wanted to ${doing}`, { hint: TOKEN })
  if (code === 'unauthenticated')
    return new RollcallError(code, `http: the token is not taken: ${msg}`, {
      hint: 'rollcall token ls shows, at the server, whose there are',
    })
  const fact = code === 'forbidden' ? `http: may not ${doing}` : `http: cannot ${doing}`
  return new RollcallError(code, msg === '' ? fact : `${fact}: ${msg}`)
}

const TOKEN = 'put a token into ROLLCALL_TOKEN or a --token-file; rollcall token add makes one at the server'
const LONGER = 'look whether it is overloaded or cut off, or give it longer with --request-timeout'
const OTHER_PLACE = 'look at host, port and path: rollcall serve answers at port 8700 under /registry'

function notHttp(endpoint: string, secure: boolean, cause: unknown): Finding {
  return wrong(
    endpoint,
    'speaks no HTTP/1.1',
    secure ? OTHER_PLACE : `${OTHER_PLACE}, and over TLS with https://`,
    cause,
  )
}

function wrong(endpoint: string, what: string, hint: string, cause?: unknown): Finding {
  return { code: 'wrong-server', message: `${endpoint}: ${what}`, hint, ...(cause === undefined ? {} : { cause }) }
}

/** Without what may be a secret in it. */
function placeOf(location: string | undefined): string {
  if (location === undefined) return 'nowhere'
  if (!URL.canParse(location)) return location.replace(/[?#].*/s, '?…')
  const { origin, pathname } = new URL(location)
  return `${origin}${pathname}`
}

function toError({ code, message, hint, cause }: Finding): RollcallError {
  return new RollcallError(code, message, { cause, ...(hint === undefined ? {} : { hint }) })
}
