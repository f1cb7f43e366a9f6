/** gRPC's status codes that matter here. */
export const Status = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

const STALE_TOKEN = /invalid auth token|revision of auth store is old/
const CUT_OFF = /no leader|leader changed|request timed out|server stopped|learner|too many requests/
const NEVER_SENT = /^(No connection established|Name resolution failed)|Waiting for LB pick|name resolution: /
const ANOTHER_PROGRAM = /^Received HTTP status code/

/** What went wrong with one call to one member, in gRPC's terms. Never leaves this folder but as a cause. */
export class CallFailure extends Error {
  readonly endpoint: string
  readonly code: number
  readonly details: string

  constructor(endpoint: string, { code, details }: { code: number; details: string }) {
    super(`${endpoint}: ${details}`)
    this.name = 'CallFailure'
    this.endpoint = endpoint
    this.code = code
    this.details = details
  }

  /** It says nothing about the request: another member may answer it. */
  get isOfTheMember(): boolean {
    if (this.details.startsWith('etcdserver:')) return CUT_OFF.test(this.details)
    return LINK.has(this.code) || this.isOfAnotherProgram
  }

  /** What answers is no etcd. */
  get isOfAnotherProgram(): boolean {
    return this.code === Status.unimplemented || ANOTHER_PROGRAM.test(this.details)
  }

  /** The server has not seen the request, so it can be sent elsewhere whatever it asks. */
  get wasNeverSent(): boolean {
    return NEVER_SENT.test(this.details)
  }

  get wantsNewToken(): boolean {
    return STALE_TOKEN.test(this.details)
  }
}

const LINK: ReadonlySet<number> = new Set([Status.deadlineExceeded, Status.internal, Status.unavailable])
