import type { CountedEntry } from '../model/reading.ts'
import { schemesOf } from './endpoint-parts.ts'
import { type Counts, type ReportFold, count, sortedCounts } from './fold.ts'
import { lacksLease } from './lease.ts'

/** Counts of instances by each of their properties. */
export interface Tally {
  readonly instances: number
  readonly byStatus: Readonly<Record<string, number>>
  /** An instance counts once for each scheme that it serves. */
  readonly byScheme: Readonly<Record<string, number>>
  /** Under `""`: those without a version. */
  readonly byVersion: Readonly<Record<string, number>>
  readonly byLayout: Readonly<Record<string, number>>
  /** By metadata key, then by value; instances without the key are in none. Only when keys were asked for. */
  readonly by?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly malformed: number
  /** Instances whose layout lives by a lease, and that have none: nothing shows that they are alive. */
  readonly withoutLease: number
}

/** `keys`: the metadata keys to count by. */
export function tally(keys: readonly string[] = []): ReportFold<CountedEntry, Tally> {
  const byStatus: Counts = new Map()
  const byScheme: Counts = new Map()
  const byVersion: Counts = new Map()
  const byLayout: Counts = new Map()
  const by = keys.map((key) => ({ key, counts: new Map<string, number>() }))
  let [instances, malformed, withoutLease] = [0, 0, 0]
  return {
    add(entry, times = 1) {
      if (entry.is === 'foreign') return
      if (entry.is === 'malformed') {
        malformed += times
        return
      }
      const { instance, observed } = entry
      instances += times
      count(byStatus, observed.status, times)
      count(byVersion, instance.version, times)
      for (const scheme of schemesOf(instance.endpoints)) count(byScheme, scheme, times)
      if (observed.layout) count(byLayout, observed.layout, times)
      if (lacksLease(entry)) withoutLease += times
      for (const { key, counts } of by) {
        const value = instance.metadata && Object.hasOwn(instance.metadata, key) ? instance.metadata[key] : undefined
        if (value !== undefined) count(counts, value, times)
      }
    },
    result: () => ({
      instances,
      byStatus: sortedCounts(byStatus),
      byScheme: sortedCounts(byScheme),
      byVersion: sortedCounts(byVersion),
      byLayout: sortedCounts(byLayout),
      ...(by.length > 0 ? { by: Object.fromEntries(by.map(({ key, counts }) => [key, sortedCounts(counts)])) } : {}),
      malformed,
      withoutLease,
    }),
  }
}
