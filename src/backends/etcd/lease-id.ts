import { RollcallError } from '../../model/errors.ts'

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
