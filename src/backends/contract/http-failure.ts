import { isNeverConnected } from './socket-error.ts'

const TIMEOUT = 'TIMEOUT'

/** Why there was no answer to a call. Never leaves the backends but as a cause. */
export class HttpFailure extends Error {
  /** Node's code for a broken connection, `TIMEOUT`, or nothing. */
  readonly code: string | undefined
  /** It broke on a connection that was kept open from an earlier call. */
  readonly wasKeptOpen: boolean

  private constructor(message: string, code: string | undefined, wasKeptOpen: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'HttpFailure'
    this.code = code
    this.wasKeptOpen = wasKeptOpen
  }

  static timeout(): HttpFailure {
    return new HttpFailure('no answer in time', TIMEOUT, false)
  }

  static from(error: unknown, reusedSocket: boolean): HttpFailure {
    if (error instanceof HttpFailure) return error
    const { message, code } = error as NodeJS.ErrnoException
    const wasKeptOpen = reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
    return new HttpFailure(message, code, wasKeptOpen, error)
  }

  /** Nothing was connected to, so the server has seen nothing of the call. */
  get wasNeverSent(): boolean {
    return isNeverConnected(this.code)
  }

  get isTimeout(): boolean {
    return this.code === TIMEOUT
  }
}
