/** Source: RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Whether the server may get it twice. */
export function isRepeatable({ method, headers }: Request): boolean {
  return IDEMPOTENT.has(method) || headers.has('idempotency-key')
}

/** Of errors for which no connection was there, so that nothing was sent. */
const UNCONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Whether `fetch` failed before it sent anything. */
export function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const causes = cause instanceof AggregateError ? cause.errors : [cause]
  return causes.every((each: unknown) => each instanceof Error && 'code' in each && UNCONNECTED.has(String(each.code)))
}

/** Bad gateway, unavailable, gateway timeout: of the instance, not of the request. */
const BAD = new Set([502, 503, 504])

/** An answer that another instance may do better than. */
export class BadStatus extends Error {
  readonly response: Response

  constructor(target: URL, response: Response) {
    super(`${target.host} answered ${response.status}`)
    this.name = 'BadStatus'
    this.response = response
  }

  static is({ status }: Response): boolean {
    return BAD.has(status)
  }
}
