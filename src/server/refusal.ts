import { type ErrorCode, RollcallError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
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

/** Tells a client of an error, and whoever runs this server of what the client is not told. */
export type Tell = (error: unknown) => Told

const AWAY = 'the registry does not answer in time'
/** Errors between this server and its registry: their words may name files and addresses, which only its log has. */
const OF_THE_SERVER: { readonly [Code in ErrorCode]?: string } = {
  config: 'internal error',
  unreachable: 'the registry cannot be reached',
  timeout: AWAY,
  deadline: AWAY,
  'wrong-server': 'what answers in place of the registry is not one of the expected kind',
  unauthenticated: 'the registry does not accept the credentials of this server',
  forbidden: 'this server has no permission for that in the registry',
  storage: 'the registry cannot read or store it',
}

/** Milliseconds after which the same is logged again. */
const AGAIN = 10_000

/** Tells clients what `tellOf` says, and the log what that leaves out. */
export function teller(logger: Logger): Tell {
  let last = { message: '', at: -Infinity }
  return (error) => {
    const told = tellOf(error)
    const message = error instanceof Error ? error.message : String(error)
    const isNew = message !== last.message || performance.now() - last.at > AGAIN
    if (message === told.message || !isNew) return told
    last = { message, at: performance.now() }
    logger.warn(`answered "${told.message}": ${message}`)
    return told
  }
}

/** What a client is told of an error. A bug of ours, and what happens behind this server, shows nothing of itself. */
function tellOf(error: unknown): Told {
  if (error instanceof Refusal) return error
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
