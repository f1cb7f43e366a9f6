import { OpCode } from './codes.ts'
import type { JuteWriter } from './jute.ts'
import type { Request } from './requests.ts'

/** Who may do what with a node. Source: org.apache.zookeeper.data.ACL, ZooDefs.Perms. */
export interface AclEntry {
  /** Read 1, write 2, create 4, delete 8, admin 16, added up. */
  readonly permissions: number
  /** How an id is told: `world`, `digest`, `sasl`, `ip`, `x509`, … */
  readonly scheme: string
  readonly id: string
}

const ALL = 31

export const ANYONE: readonly AclEntry[] = [{ permissions: ALL, scheme: 'world', id: 'anyone' }]
/** The server puts in its place whoever it takes the client for. */
export const CREATOR: readonly AclEntry[] = [{ permissions: ALL, scheme: 'auth', id: '' }]

/** The ACL of a node. To a user who is not its admin the server tells no password's hash: an `x` stands in its place. */
export function getAcl(path: string): Request<AclEntry[]> {
  return {
    op: OpCode.getAcl,
    path,
    changes: false,
    write: (to, at) => to.text(at(path)),
    read(from) {
      const length = Math.max(0, from.int())
      return Array.from({ length }, () => ({ permissions: from.int(), scheme: from.text(), id: from.text() }))
    },
  }
}

export function writeAcl(to: JuteWriter, acl: readonly AclEntry[]): JuteWriter {
  to.int(acl.length)
  for (const { permissions, scheme, id } of acl) to.int(permissions).text(scheme).text(id)
  return to
}
