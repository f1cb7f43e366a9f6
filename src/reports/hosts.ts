import type { Entry } from '../model/reading.ts'
import { listenerOf } from './endpoint-parts.ts'
import { type Counts, type ReportFold, byCode, count, sortedCounts } from './fold.ts'

/** One host as `ls --hosts` shows it. */
export interface HostItem {
  readonly host: string
  /** Those with an endpoint there. */
  readonly instances: number
  readonly up: number
  /** How many have each status that one has. */
  readonly byStatus: Readonly<Record<string, number>>
  /** Sorted, each once. */
  readonly services: readonly string[]
}

/** Every host with its instances, by name. An instance with endpoints on several hosts counts for each; one without a host for none. */
export function hosts(): ReportFold<Entry, HostItem[]> {
  const rows = new Map<string, { instances: number; readonly byStatus: Counts; readonly services: Set<string> }>()
  return {
    add(entry, times = 1) {
      if (entry.is !== 'instance') return
      for (const host of new Set(entry.instance.endpoints.map((endpoint) => listenerOf(endpoint).host))) {
        if (host === '') continue
        const row = rows.get(host) ?? { instances: 0, byStatus: new Map(), services: new Set() }
        rows.set(host, row)
        row.instances += times
        count(row.byStatus, entry.observed.status, times)
        row.services.add(entry.service)
      }
    },
    result: () =>
      [...rows]
        .sort(([a], [b]) => byCode(a, b))
        .map(([host, { instances, byStatus, services }]) => ({
          host,
          instances,
          up: byStatus.get('up') ?? 0,
          byStatus: sortedCounts(byStatus),
          services: [...services].sort(byCode),
        })),
  }
}
