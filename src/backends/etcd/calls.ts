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
export type Request<M extends Method> = Calls[M][0]
export type Answer<M extends Method> = Calls[M][1]
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
