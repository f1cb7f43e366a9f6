import { RollcallError } from '../model/errors.ts'
import { CODE_OF, FAILURE, type FailureCode } from './answer.ts'

/** A request that is refused for what it is, not for what the registry says. */
export class Refusal extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}

export interface Told {
  readonly code: FailureCode
  readonly message: string
}

/** What a client is told of an error. A bug of ours shows nothing of itself. */
export function tellOf(error: unknown): Told {
  if (error instanceof Refusal) return error
  if (error instanceof RollcallError) return { code: CODE_OF[error.code], message: error.message }
  return { code: codeOf(error), message: codeOf(error) === FAILURE.internal ? 'internal error' : messageFor(error) }
}

/** Fastify's own errors carry the HTTP status. */
function codeOf(error: unknown): FailureCode {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return FAILURE.tooLarge
  if (status === 404) return FAILURE.notFound
  return status >= 400 && status < 500 ? FAILURE.badRequest : FAILURE.internal
}

function messageFor(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
