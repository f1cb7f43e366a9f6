import { RollcallError } from '../../model/errors.ts'
import { advice } from '../../model/wording.ts'
import type { KeyRange } from '../kv/store.ts'
import type {
  IAuthRoleGetRequest,
  IAuthRoleGetResponse,
  IAuthUserGetRequest,
  IAuthUserGetResponse,
  IAuthenticateRequest,
  IAuthenticateResponse,
} from 'etcd3'

/** Request and response of each call of etcd's API that goes through the codec of etcd3. */
interface Calls {
  authenticate: [IAuthenticateRequest, IAuthenticateResponse]
  userGet: [IAuthUserGetRequest, IAuthUserGetResponse]
  roleGet: [IAuthRoleGetRequest, IAuthRoleGetResponse]
}

export type Method = keyof Calls
export type EtcdRequest<M extends Method> = Calls[M][0]
export type EtcdAnswer<M extends Method> = Calls[M][1]

/** The status codes of gRPC that rollcall distinguishes. */
export const Status = {
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

const STALE_TOKEN = /invalid auth token|revision of auth store is old/
const CUT_OFF = /no leader|leader changed|request timed out|server stopped|learner|too many requests/
/**
 * What a call was still waiting for when it ended. A call past its deadline also lists the steps that took their time, as
 * "name resolution: 0.002s", and these are over.
 */
const NEVER_SENT =
  /^(No connection established|Name resolution failed)|\bwaiting for (name resolution|metadata filters|LB pick)/i
const ANOTHER_PROGRAM = /^Received HTTP status code/

/**
 * The failure of one call to one member, with the status of gRPC. Leaves this folder only as the cause of a
 * RollcallError.
 */
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

  /** Whether the failure concerns the member and not the request, so that another member may answer it. */
  get isOfTheMember(): boolean {
    if (this.details.startsWith('etcdserver:')) return CUT_OFF.test(this.details)
    return LINK.has(this.code) || this.isOfAnotherProgram
  }

  /** Whether the server is not etcd. */
  get isOfAnotherProgram(): boolean {
    return this.code === Status.unimplemented || ANOTHER_PROGRAM.test(this.details)
  }

  /** Whether the request was never sent, so that it is safe to send it to another member, whatever it does. */
  get wasNeverSent(): boolean {
    return NEVER_SENT.test(this.details)
  }

  get wantsNewToken(): boolean {
    return STALE_TOKEN.test(this.details)
  }
}

/** The failure of a call after its registry was closed. */
export function wasClosed(endpoint: string): CallFailure {
  const details = 'No connection established. Last error: the registry was closed'
  return new CallFailure(endpoint, { code: Status.unavailable, details })
}

/**
 * The failure in the text of a refused watch, such as `rpc error: code = PermissionDenied desc = etcdserver: permission
 * denied`.
 */
export function wasRefused(endpoint: string, reason: string): CallFailure {
  const code = reason.includes('PermissionDenied') ? Status.permissionDenied : Status.unauthenticated
  return new CallFailure(endpoint, { code, details: reason.replace(/^rpc error: code = \w+ desc = /, '') })
}

const LINK: ReadonlySet<number> = new Set([Status.deadlineExceeded, Status.internal, Status.unavailable])

/** The smallest key, since etcd has no empty one. As the end of a range it means "to the last key". */
const ZERO = Buffer.of(0)

/** A range as etcd's API expects it. */
export function rangeRequest({ start, end }: KeyRange): { key: Buffer; range_end: Buffer } {
  return { key: start.length === 0 ? ZERO : buffer(start), range_end: end.length === 0 ? ZERO : buffer(end) }
}

/** The first key after this one. */
export function after(key: Uint8Array): Buffer {
  return Buffer.concat([key, ZERO])
}

/** The same bytes as a Buffer, which etcd3 requires. */
export function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const SIXTEEN_DIGITS = /^[0-9a-f]{16}$/

/** Converts the id of a lease or a member from the decimal text of etcd's API to sixteen hexadecimal digits, as etcdctl prints it. */
export function hexadecimal(id: string): string {
  return BigInt.asUintN(64, BigInt(id)).toString(16).padStart(16, '0')
}

/** Converts a lease from hexadecimal digits to the decimal text of etcd's API. Throws `usage` for anything else. */
export function leaseId(lease: string): string {
  return BigInt.asIntN(64, BigInt(`0x${leaseDigits(lease)}`)).toString()
}

/** A lease in sixteen hexadecimal digits, given in up to as many. Throws `usage` for anything else. */
export function leaseDigits(lease: string): string {
  if (SIXTEEN_DIGITS.test(lease)) return lease
  if (/^[0-9a-f]{1,16}$/i.test(lease)) return lease.toLowerCase().padStart(16, '0')
  throw new RollcallError('usage', `"${lease}" is not a valid etcd lease`, {
    hint: `a lease is up to sixteen hexadecimal digits, as ${advice('leaseSource')} and etcdctl lease list print it`,
  })
}
