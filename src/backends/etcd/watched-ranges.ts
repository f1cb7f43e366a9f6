import { covering, inside, overlap, type KeyRange } from '../kv/store.ts'

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
