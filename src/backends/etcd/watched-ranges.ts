import { contains, covering, inside, overlap, type KeyRange, type StoreChange } from '../kv/store.ts'
import { CallFailure, rangeRequest, Status } from './calls.ts'
import type { EtcdMember } from './member.ts'

/** What Kubernetes keeps in its etcd: too much to be sent past, and nobody else's. */
const BUSY = inside(Buffer.from('/registry'))

/** The fewest ranges that cover all of these and do not take in Kubernetes' keys, unless these are asked for. */
export function watchedRanges(ranges: readonly KeyRange[]): KeyRange[] {
  const groups: KeyRange[][] = []
  const isNamed = ranges.some((range) => overlap(BUSY, range))
  for (const range of ranges.toSorted((a, b) => Buffer.compare(a.start, b.start))) {
    const group = groups.at(-1)
    const isApart = group && !isNamed && overlap(BUSY, covering([...group, range]))
    if (group && !isApart) group.push(range)
    else groups.push([range])
  }
  return groups.map(covering)
}

/** Whether there is nothing of Kubernetes, so that one watch of all ranges is sent nothing in vain. */
export async function isQuiet(member: Pick<EtcdMember, 'range'>, signal: AbortSignal): Promise<boolean> {
  try {
    const { count } = await member.range({ ...rangeRequest(BUSY), count_only: true }, signal)
    return count === 0
  } catch (error) {
    // Who may not read it may not watch over it.
    if (error instanceof CallFailure && error.code === Status.permissionDenied) return false
    throw error
  }
}

export function isOfKubernetes(change: StoreChange): boolean {
  return contains(BUSY, 'put' in change ? change.put.key : change.removed)
}
