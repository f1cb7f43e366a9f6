import { RollcallError } from '../../model/errors.ts'
import type { KeyRange } from '../kv/store.ts'
import type {
  IAuthRoleGetRequest,
  IAuthRoleGetResponse,
  IAuthUserGetRequest,
  IAuthUserGetResponse,
  IAuthenticateRequest,
  IAuthenticateResponse,
  ILeaseGrantRequest,
  ILeaseGrantResponse,
  ILeaseRevokeRequest,
  ILeaseRevokeResponse,
  IStatusResponse,
  ITxnRequest,
  ITxnResponse,
} from 'etcd3'

/** The calls of etcd's API that are made through etcd3's own codec: what goes in, what comes out. */
interface Calls {
  txn: [ITxnRequest, ITxnResponse]
  leaseGrant: [ILeaseGrantRequest, ILeaseGrantResponse]
  leaseRevoke: [ILeaseRevokeRequest, ILeaseRevokeResponse]
  authenticate: [IAuthenticateRequest, IAuthenticateResponse]
  userGet: [IAuthUserGetRequest, IAuthUserGetResponse]
  roleGet: [IAuthRoleGetRequest, IAuthRoleGetResponse]
  status: [object, IStatusResponse]
}

export type Method = keyof Calls
export type EtcdRequest<M extends Method> = Calls[M][0]
export type EtcdAnswer<M extends Method> = Calls[M][1]
export type Service = 'KV' | 'Lease' | 'Watch' | 'Auth' | 'Maintenance'

export const SERVICE_OF: Readonly<Record<Method, Service>> = {
  txn: 'KV',
  leaseGrant: 'Lease',
  leaseRevoke: 'Lease',
  authenticate: 'Auth',
  userGet: 'Auth',
  roleGet: 'Auth',
  status: 'Maintenance',
}

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
/**
 * What a call was still waiting for when it ended. A call past its deadline also lists the steps that took their time, as
 * "name resolution: 0.002s", and these are over.
 */
const NEVER_SENT =
  /^(No connection established|Name resolution failed)|\bwaiting for (name resolution|metadata filters|LB pick)/i
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

/** etcd has no empty key; this one is before all others, and as an end it stands for "to the last". */
const ZERO = Buffer.of(0)

/** A range in the words of etcd's API. */
export function rangeRequest({ start, end }: KeyRange): { key: Buffer; range_end: Buffer } {
  return { key: start.length === 0 ? ZERO : buffer(start), range_end: end.length === 0 ? ZERO : buffer(end) }
}

/** The first key after this one. */
export function after(key: Uint8Array): Buffer {
  return Buffer.concat([key, ZERO])
}

/** The same bytes; what etcd3 takes must be a Buffer. */
export function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A lease as etcdctl prints it, sixteen hexadecimal digits, from the decimal text of etcd's API. */
export function leaseFrom(id: string): string {
  return BigInt.asUintN(64, BigInt(id)).toString(16).padStart(16, '0')
}

/** The decimal text of etcd's API. Throws `usage` for what is no lease. */
export function leaseId(lease: string): string {
  if (/^[0-9a-f]{1,16}$/i.test(lease)) return BigInt.asIntN(64, BigInt(`0x${lease}`)).toString()
  throw new RollcallError('usage', `"${lease}" is no lease of etcd`, {
    hint: 'a lease is up to sixteen hexadecimal digits, as rollcall get and etcdctl lease list print it',
  })
}
