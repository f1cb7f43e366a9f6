import { isForbidden } from '../../model/errors.ts'
import { abreast } from './abreast.ts'
import type { KvContext } from './context.ts'
import type { KeyRange, KvRecord } from './store.ts'

/** At most so many records of a range, from its beginning. */
export async function firstRecords(
  kv: KvContext,
  range: KeyRange,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<KvRecord[]> {
  const found: KvRecord[] = []
  for await (const { records } of kv.store.scan(range, { limit, ...(signal && { signal }) })) found.push(...records)
  return found
}

/** Ranges that are read together. */
const TOGETHER = 100

/** The first record of each range, or none. A range that this user has no permission to read is taken for empty. */
export async function firstOf(
  kv: KvContext,
  ranges: readonly KeyRange[],
  signal: AbortSignal | undefined,
): Promise<(readonly KvRecord[])[]> {
  const found: (readonly KvRecord[])[] = []
  for (let at = 0; at < ranges.length; at += TOGETHER) {
    const some = ranges.slice(at, at + TOGETHER)
    const pages = await kv.store.firstPages?.(some, { limit: 1, ...(signal && { signal }) })
    if (pages) found.push(...pages.map(({ records }) => records))
    else await abreast(some, async (range, place) => void (found[at + place] = await firstIn(kv, range, signal)))
  }
  return found
}

/** The first record of a range; none without permission to read there. */
async function firstIn(kv: KvContext, range: KeyRange, signal: AbortSignal | undefined): Promise<readonly KvRecord[]> {
  try {
    return await firstRecords(kv, range, 1, signal)
  } catch (error) {
    if (!isForbidden(error)) throw error
    return []
  }
}
