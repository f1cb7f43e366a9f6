import { type ErrorCode, RollcallError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import { CODE_OF, FAILURE, type FailureCode } from './answer.ts'

/** A request that is refused for its own sake, not because of an error of the registry. */
export class RefusedRequest extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string) {
    super(message)
    this.name = 'RefusedRequest'
    this.code = code
  }
}

interface Explanation {
  readonly code: FailureCode
  readonly message: string
}

/** What a client is to learn of an error; the rest of it goes to the log of this server. */
export type Explain = (error: unknown) => Explanation

const AWAY = 'the registry does not answer in time'
/** Errors between this server and its registry: their words may name files and addresses, which only its log has. */
const OF_THE_SERVER: { readonly [Code in ErrorCode]?: string } = {
  config: 'internal error',
  unreachable: 'the registry cannot be reached',
  timeout: AWAY,
  deadline: AWAY,
  'wrong-server': 'the server at the registry address is not of the expected kind',
  unauthenticated: 'the registry does not accept the credentials of this server',
  forbidden: 'this server has no permission for that in the registry',
  storage: 'the registry cannot read or store it',
}

/** Milliseconds after which the same is logged again. */
const AGAIN = 10_000

/** Explains errors with `explanationOf`, and logs what that leaves out. */
export function explainer(logger: Logger): Explain {
  let last = { message: '', at: -Infinity }
  return (error) => {
    const explanation = explanationOf(error)
    const message = error instanceof Error ? error.message : String(error)
    const isNew = message !== last.message || performance.now() - last.at > AGAIN
    if (message === explanation.message || !isNew) return explanation
    last = { message, at: performance.now() }
    logger.warn(`answered "${explanation.message}": ${message}`)
    return explanation
  }
}

/** What a client may learn of an error. A bug of ours, and what happens behind this server, shows nothing of itself. */
function explanationOf(error: unknown): Explanation {
  if (error instanceof RefusedRequest) return error
  if (error instanceof RollcallError)
    return { code: CODE_OF[error.code], message: OF_THE_SERVER[error.code] ?? error.message }
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
