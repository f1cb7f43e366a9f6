import type { ErrorCode } from '../model/errors.ts'

/**
 * What every answer of the API is wrapped in. Source: the AIO registry's HTTP document.
 * `code` 20000 is success; the first three digits of any other are the HTTP status, save for a partial failure.
 */
interface Envelope<Data> {
  readonly code: number
  readonly msg: string
  readonly data: Data
}

export const SUCCESS = 20_000

/** The codes of failures. */
export const FAILURE = {
  badRequest: 40_000,
  unauthenticated: 40_100,
  forbidden: 40_300,
  notFound: 40_400,
  methodNotAllowed: 40_500,
  conflict: 40_900,
  tooLarge: 41_300,
  tooMany: 42_900,
  internal: 50_000,
  unsupported: 50_100,
  unreachable: 50_300,
} as const

export type FailureCode = (typeof FAILURE)[keyof typeof FAILURE]

/** The code of each error that a client or a backend throws; typed so that an error without one does not compile. */
export const CODE_OF = {
  usage: FAILURE.badRequest,
  config: FAILURE.internal,
  confirmation: FAILURE.internal,
  ambiguous: FAILURE.conflict,
  'not-found': FAILURE.notFound,
  declined: FAILURE.internal,
  unreachable: FAILURE.unreachable,
  timeout: FAILURE.unreachable,
  'wrong-server': FAILURE.unreachable,
  // Whoever asked did nothing wrong: it is this server that the registry refuses.
  unauthenticated: FAILURE.unreachable,
  forbidden: FAILURE.unreachable,
  untrusted: FAILURE.internal,
  partial: FAILURE.internal,
  refused: FAILURE.forbidden,
  unsupported: FAILURE.unsupported,
  conflict: FAILURE.conflict,
  'history-lost': FAILURE.notFound,
  deadline: FAILURE.unreachable,
  interrupted: FAILURE.unreachable,
  terminated: FAILURE.unreachable,
  storage: FAILURE.unreachable,
} as const satisfies Record<ErrorCode, FailureCode>

export function success<Data>(data: Data): Envelope<Data> {
  return { code: SUCCESS, msg: 'success', data }
}

export function failure(code: FailureCode, msg: string): Envelope<null> {
  return { code, msg, data: null }
}

/** The HTTP status that goes with a failure. */
export function httpStatusOf(code: FailureCode): number {
  return Math.floor(code / 100)
}
