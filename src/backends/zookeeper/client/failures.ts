/** There is no connection any more, or there came to be none. `message` says what happened to it. */
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

/** The server does not accept who we say we are. */
export class LoginRefused extends ConnectionLoss {}

/** The server is older than an operation, and would hang up. */
export class OldServer extends ConnectionLoss {}

/** Every endpoint was tried, and none can be used; what each said, in the order of trying. */
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
  /** There was no connection to send the request on, or what was to come before it had no answer. */
  readonly wasNeverSent: boolean

  constructor(endpoint: string | undefined, timeout: number, wasNeverSent = false) {
    super(`no answer in ${timeout} ms`)
    this.endpoint = endpoint
    this.timeout = timeout
    this.wasNeverSent = wasNeverSent
  }
}

/** The servers have forgotten the session, and with it removed its nodes. */
export class SessionExpired extends Error {}

/** The session was closed by its owner. */
export class SessionClosed extends Error {}

/** The request is larger than a server takes. */
export class TooLarge extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super(`a request of ${bytes} bytes`)
    this.bytes = bytes
  }
}
