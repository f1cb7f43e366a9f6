import { OpCode } from './codes.ts'
import type { JuteWriter } from './jute.ts'
import type { Request } from './requests.ts'

/** The rights of one identity on a node. Source: org.apache.zookeeper.data.ACL, ZooDefs.Perms. */
export interface AclEntry {
  /** Read 1, write 2, create 4, delete 8, admin 16, added up. */
  readonly permissions: number
  /** The scheme of the id: `world`, `digest`, `sasl`, `ip`, `x509`, … */
  readonly scheme: string
  readonly id: string
}

const ALL = 31

export const ANYONE: readonly AclEntry[] = [{ permissions: ALL, scheme: 'world', id: 'anyone' }]
/** The server replaces it with the identities of the client. */
export const CREATOR: readonly AclEntry[] = [{ permissions: ALL, scheme: 'auth', id: '' }]

/** Reads the ACL of a node. For users who are not its admin the server replaces the hash of a password with `x`. */
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
