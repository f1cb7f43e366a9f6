/** The codes of errors; each has an exit status. */
export const ERROR_CODES = [
  'usage', // the command line, or a value in it, makes no sense
  'config', // no registry is named, or what names it cannot be read
  'confirmation', // a question must be answered, and there is no terminal to ask on
  'ambiguous', // a target names several things
  'not-found', // the answer is negative: nothing was found, or a condition does not hold
  'declined', // the question was answered with no
  'unreachable', // no endpoint answers
  'timeout', // a request took longer than --request-timeout
  'wrong-server', // something answers, but not a registry of that kind
  'unauthenticated', // who are you
  'forbidden', // you may not
  'untrusted', // an untrusted project file names the registry, so no secrets are sent there
  'partial', // some of it was done
  'refused', // a guard stopped it
  'unsupported', // this registry or layout cannot
  'conflict', // changed since it was read, or held by another
  'history-lost', // the registry no longer has the revisions asked for
  'deadline', // --timeout, of the whole command
  'interrupted', // Ctrl-C
  'terminated', // a signal asked the process to end
  'storage', // the registry cannot store it: disk full, file damaged, quota
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** The only class of errors that the library throws. `code` says what went wrong; the message names what is concerned and never holds a secret. */
export class RollcallError extends Error {
  readonly code: ErrorCode
  /** The next step for the user, if one is known. */
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RollcallError'
    this.code = code
    this.hint = options.hint
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether the error is a lack of permission. */
export function isForbidden(error: unknown): error is RollcallError {
  return error instanceof RollcallError && error.code === 'forbidden'
}

/** Whether the error is a lack of permission, or of a login that gives it. */
export function isAccessDenied(error: unknown): error is RollcallError {
  return isForbidden(error) || (error instanceof RollcallError && error.code === 'unauthenticated')
}
