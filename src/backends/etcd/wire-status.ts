import { hexadecimal } from './calls.ts'
import { MessageFields } from './wire-fields.ts'

/** What a member says of itself. Ids are hexadecimal digits. */
export interface MemberStatus {
  readonly cluster: string
  readonly member: string
  readonly version: string
  /** The member that leads, as this one knows; undefined while there is none. */
  readonly leader: string | undefined
  readonly isLearner: boolean
  readonly term: number
  /** How far the log is that it has, and how far of that it has carried out. */
  readonly index: number
  readonly applied: number
  /** Bytes of its file, and of what is in use in it. */
  readonly size: number
  readonly used: number
  /** Bytes that its file may have; 0 where the server does not tell, before 3.6. */
  readonly quota: number
  /** Its alarms, such as `NOSPACE`, with the member that raised each. */
  readonly alarms: readonly { readonly name: string; readonly member: string }[]
}

/** A member as the cluster lists it. */
export interface ListedMember {
  readonly member: string
  /** Empty for one that was added and has not started yet. */
  readonly name: string
  readonly isLearner: boolean
}

const NONE = '0'.repeat(16)

/** Decodes StatusResponse. Field numbers: rpc.proto of etcd 3.6. */
export function decodeStatus(message: Buffer): MemberStatus {
  const from = new MessageFields(message)
  let [cluster, member, version, leader] = [NONE, NONE, '', NONE]
  let [size, used, quota, index, applied, term, isLearner] = [0, 0, 0, 0, 0, 0, false]
  const errors: string[] = []
  for (let field = from.next(message.length); field !== 0; field = from.next(message.length)) {
    if (field === 1) [cluster, member] = idsIn(from)
    else if (field === 2) version = from.bytes().toString()
    else if (field === 3) size = from.number()
    else if (field === 4) leader = from.hexadecimal()
    else if (field === 5) index = from.number()
    else if (field === 6) term = from.number()
    else if (field === 7) applied = from.number()
    else if (field === 8) errors.push(from.bytes().toString())
    else if (field === 9) used = from.number()
    else if (field === 10) isLearner = from.number() !== 0
    else if (field === 12) quota = from.number()
    else from.skip()
  }
  const alarms = errors.flatMap((error) => alarmIn(error) ?? [])
  const led = leader === NONE ? undefined : leader
  return { cluster, member, version, leader: led, isLearner, term, index, applied, size, used, quota, alarms }
}

/** Cluster and member in the header of a response. */
function idsIn(from: MessageFields): [cluster: string, member: string] {
  const end = from.length()
  let [cluster, member] = [NONE, NONE]
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) cluster = from.hexadecimal()
    else if (field === 2) member = from.hexadecimal()
    else from.skip()
  }
  return [cluster, member]
}

/** An alarm among the errors of a status: `memberID:10276657743932975437 alarm:NOSPACE`. */
function alarmIn(error: string) {
  const [, id, name] = /memberID:(\d+) alarm:(\w+)/.exec(error) ?? []
  return id && name ? { name, member: hexadecimal(id) } : undefined
}

/** Decodes MemberListResponse. */
export function decodeMembers(message: Buffer): ListedMember[] {
  const from = new MessageFields(message)
  const members: ListedMember[] = []
  for (let field = from.next(message.length); field !== 0; field = from.next(message.length)) {
    if (field === 2) members.push(memberIn(from))
    else from.skip()
  }
  return members
}

function memberIn(from: MessageFields): ListedMember {
  const end = from.length()
  let [member, name, isLearner] = [NONE, '', false]
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) member = from.hexadecimal()
    else if (field === 2) name = from.bytes().toString()
    else if (field === 5) isLearner = from.number() !== 0
    else from.skip()
  }
  return { member, name, isLearner }
}

/** Decodes LeaseLeasesResponse. */
export function decodeLeases(message: Buffer): string[] {
  const from = new MessageFields(message)
  const leases: string[] = []
  for (let field = from.next(message.length); field !== 0; field = from.next(message.length)) {
    if (field === 2) leases.push(leaseIn(from))
    else from.skip()
  }
  return leases
}

function leaseIn(from: MessageFields): string {
  const end = from.length()
  let lease = NONE
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) lease = from.hexadecimal()
    else from.skip()
  }
  return lease
}
