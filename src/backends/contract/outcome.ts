import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'

/** After one of these the next change would fail alike. */
const STOPS: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'unauthenticated', 'wrong-server', 'storage'])

/** Whether the changes that are left need not be tried after this error. */
export function stopsTheRest({ code }: RollcallError): boolean {
  return STOPS.has(code)
}

/** Errors of one instance that is registered: the next may succeed. After any other error all would fail alike. */
const OF_THE_INSTANCE: ReadonlySet<ErrorCode> = new Set(['conflict', 'usage', 'forbidden', 'refused'])

/** Whether this error says nothing of the other instances that are to be registered. */
export function isOfTheInstance({ code }: RollcallError): boolean {
  return OF_THE_INSTANCE.has(code)
}

/** Whether the registry did not answer, so that what was sent may have been carried out. */
export function isSilence({ code }: RollcallError): boolean {
  return code === 'unreachable' || code === 'timeout'
}

/** Whether the registry is merely away, so that the same request can succeed later. */
export function isAway(error: unknown): error is RollcallError {
  return error instanceof RollcallError && isSilence(error)
}

/** What became of a change that ended with an error. It may have been carried out where it was sent and no answer came. */
export function outcomeOfError(id: string, error: RollcallError): Outcome {
  if (error.code === 'unsupported') return { id, result: 'unsupported', error }
  if (!isSilence(error)) return { id, result: 'failed', error }
  return { id, result: wasNeverSent(error) ? 'not-attempted' : 'in-doubt', error }
}

/** The outcome of a change that was left out, since the registry had stopped answering before it. */
export function notAttempted(id: string, error: RollcallError): Outcome {
  return { id, result: 'not-attempted', error }
}

/** Whether nothing was connected to. Each client's own failure, which is the cause, knows. */
function wasNeverSent({ cause }: RollcallError): boolean {
  return cause instanceof Error && 'wasNeverSent' in cause && cause.wasNeverSent === true
}
