/** The connection was lost, or could not be made. `message` says why. */
export class ConnectionLoss extends Error {
  readonly endpoint: string

  constructor(endpoint: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.endpoint = endpoint
  }
}

/** The connection was gone before the request was sent. */
export class NeverSent extends ConnectionLoss {
  readonly wasNeverSent = true
}

/** The endpoint speaks another protocol. */
export class NoZooKeeper extends ConnectionLoss {}

/** The server refused the login. */
export class LoginRefused extends ConnectionLoss {}

/** The server is too old for an operation and would hang up. */
export class OldServer extends ConnectionLoss {}

/** No endpoint can be used; `losses` has the reason of each, in the order in which they were tried. */
export class NobodyServes extends Error {
  readonly wasNeverSent = true
  readonly losses: readonly ConnectionLoss[]

  constructor(losses: readonly ConnectionLoss[]) {
    super(losses.map(({ endpoint, message }) => `${endpoint}: ${message}`).join('; '))
    this.losses = losses
  }
}

/** No answer came in time. */
export class NoAnswer extends Error {
  readonly endpoint: string | undefined
  /** Milliseconds. */
  readonly timeout: number
  /** Whether the request was never sent: there was no connection, or a request before it had no answer. */
  readonly wasNeverSent: boolean

  constructor(endpoint: string | undefined, timeout: number, wasNeverSent = false) {
    super(`no answer in ${timeout} ms`)
    this.endpoint = endpoint
    this.timeout = timeout
    this.wasNeverSent = wasNeverSent
  }
}

/** The session has expired, and the servers have removed its nodes. */
export class SessionExpired extends Error {}

/** The session was closed by its owner. */
export class SessionClosed extends Error {}

/** The request is larger than the servers accept. */
export class TooLarge extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super(`a request of ${bytes} bytes`)
    this.bytes = bytes
  }
}
