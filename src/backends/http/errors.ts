import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { type Finding, brokenConnection, noAnswer } from '../contract/finding.ts'
import type { HttpFailure } from '../contract/http-failure.ts'

/** What an error's message is made of, beside the failure itself. */
export interface Circumstances {
  /** What was tried, as in "cannot …". */
  readonly doing: string
  readonly hasToken: boolean
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Why a server did not answer. */
export function findingOf(endpoint: string, failure: HttpFailure, { secure, timeout }: Circumstances): Finding {
  const { code = '', isTimeout } = failure
  if (isTimeout) return noAnswer(endpoint, timeout, failure)
  if (code.startsWith('HPE_')) return notHttp(endpoint, secure, failure)
  const withoutTls = secure ? 'write http:// instead of https://' : undefined
  return { ...hintOf(code, secure), ...brokenConnection(endpoint, failure, { withoutTls, cause: failure }) }
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
