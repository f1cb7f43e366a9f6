import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { secretPlace } from '../../model/wording.ts'
import { type ServerFinding, brokenConnection, noAnswer } from '../contract/finding.ts'
import type { HttpFailure } from '../contract/http-failure.ts'
import type { JsonObject } from './protocol.ts'

/** What an error's message is made of, beside the failure itself. */
export interface HttpCircumstances {
  /** What was tried, as in "cannot …". */
  readonly doing: string
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Why no answer came from a server. */
export function findingOf(
  endpoint: string,
  failure: HttpFailure,
  { secure, timeout }: HttpCircumstances,
): ServerFinding {
  const { code = '', isTimeout } = failure
  if (isTimeout) return noAnswer(endpoint, timeout, failure)
  if (code.startsWith('HPE_')) return notHttp(endpoint, secure, failure)
  const withoutTls = secure ? 'write http:// instead of https://' : undefined
  return { ...hintOf(code, secure), ...brokenConnection(endpoint, failure, { withoutTls, cause: failure }) }
}

function hintOf(code: string, secure: boolean): { readonly hint?: string } {
  if (code === 'ECONNREFUSED') return { hint: 'rollcall serve listens on port 8700 by default' }
  return code === 'ECONNRESET' && !secure ? { hint: 'if it speaks TLS only, write https:// instead of http://' } : {}
}

/** Why an answer outside of the API's envelope is of no use: it comes from a proxy, or from a server of another kind. */
export function findingOfStatus(
  endpoint: string,
  {
    status,
    path,
    location,
  }: { readonly status: number; readonly path: string; readonly location?: string | undefined },
): ServerFinding {
  if (status >= 300 && status < 400)
    return wrong(endpoint, `redirects to ${placeOf(location)}`, 'if that is the registry, use its address')
  if (status === 404) return wrong(endpoint, `there is no registry: no ${path}`, OTHER_PLACE)
  if (status === 429 || status >= 500)
    return { code: 'unreachable', message: `${endpoint}: answers HTTP ${status} to ${path}` }
  return wrong(endpoint, `is not a registry: it answers HTTP ${status} to ${path}`, OTHER_PLACE)
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

/** A failure that the API reported. Servers other than `rollcall serve` have codes of their own, so the HTTP status wins. */
export function refusalOf(
  { code, msg, status = 200 }: { readonly code: number; readonly msg: string; readonly status?: number },
  about: Pick<HttpCircumstances, 'doing' | 'hasToken'>,
): RollcallError {
  const digits = status >= 400 ? status : Math.floor(code / 100)
  const isMissing = /\bnot found\b|不存在/.test(msg)
  const known = isMissing ? 'not-found' : (CODES[digits] ?? (digits >= 500 ? 'unreachable' : 'usage'))
  return ofCode(known, msg, about)
}

/** A failure that a `rollcall serve` reported of one part of a request, such as one record of many. */
export function refusalOfPart({ code, msg }: JsonObject, doing: string): RollcallError {
  return refusalOf({ code: Number(code), msg: String(msg) }, { doing, hasToken: true })
}

function ofCode(code: ErrorCode, msg: string, { doing, hasToken }: Pick<HttpCircumstances, 'doing' | 'hasToken'>) {
  if (code === 'unauthenticated' && !hasToken)
    return new RollcallError(code, `http: a token is required to ${doing}`, { hint: whereTokensGo() })
  if (code === 'unauthenticated')
    return new RollcallError(code, `http: the server does not accept the token: ${msg}`, {
      hint: 'on the server, rollcall token ls lists its tokens',
    })
  const fact = code === 'forbidden' ? `http: no permission to ${doing}` : `http: cannot ${doing}`
  return new RollcallError(code, msg === '' ? fact : `${fact}: ${msg}`)
}

const whereTokensGo = () => `put a token in ${secretPlace('token')}; on the server, rollcall token add makes one`
const OTHER_PLACE = 'check host, port and path: rollcall serve answers on port 8700 under /registry'

function notHttp(endpoint: string, secure: boolean, cause: unknown): ServerFinding {
  const hint = secure ? OTHER_PLACE : `${OTHER_PLACE}; if it speaks TLS, write https://`
  return wrong(endpoint, 'does not speak HTTP/1.1', hint, cause)
}

function wrong(endpoint: string, what: string, hint: string, cause?: unknown): ServerFinding {
  return { code: 'wrong-server', message: `${endpoint}: ${what}`, hint, ...(cause === undefined ? {} : { cause }) }
}

/** Without the parts of a URL that can hold a secret. */
function placeOf(location: string | undefined): string {
  if (location === undefined) return 'nowhere'
  if (!URL.canParse(location)) return location.replace(/[?#].*/s, '?…')
  const { origin, pathname } = new URL(location)
  return `${origin}${pathname}`
}
