import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Diagnosis } from '../../model/diagnosis.ts'
import type { Diagnoses } from '../contract/diagnose.ts'

/** File systems that other machines have, too, by their number in Linux (statfs(2)). SQLite's log needs memory that all its processes share. */
const SHARED: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
])

/** They may be on this machine, or not. */
const EITHER: ReadonlyMap<number, string> = new Map([
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x6a656a63, 'a folder that a virtual machine shares'],
])

/** Whether the registry lies on a disk of this machine, as it must. */
export async function fileSystemDiagnosis(about: Diagnoses, file: string): Promise<Diagnosis> {
  if (process.platform !== 'linux')
    return about.unknown('file-system', 'only Linux tells of which kind its file system is')
  const { type } = await statfs(dirname(file))
  return kindOf(about, type)
}

/** Pure. `type`: as Linux numbers file systems. */
export function kindOf({ ok, warning, error }: Diagnoses, type: number): Diagnosis {
  // Some have the highest bit set.
  const number = type < 0 ? type + 2 ** 32 : type
  const shared = SHARED.get(number)
  const fix = 'keep it on a disk of this machine; for several machines use a server: rollcall serve, or etcd'
  if (shared !== undefined) return error('file-system', `lies on ${shared}: several machines can damage it`, fix)
  const either = EITHER.get(number)
  if (either !== undefined) return warning('file-system', `lies on ${either}, which may be on another machine`, fix)
  return ok('file-system', 'lies on a disk of this machine')
}
