import type { CountedEntry } from '../model/reading.ts'
import { schemesOf } from './endpoint-parts.ts'
import { type Counts, type ReportFold, byCode, count, sortedCounts } from './fold.ts'

/** One service as `ls` shows it. Lists are sorted, each word once; an empty version is in no list. */
export interface ServiceItem {
  readonly name: string
  readonly instances: number
  readonly up: number
  /** How many have each status that one has. */
  readonly byStatus: Readonly<Record<string, number>>
  readonly malformed: number
  readonly versions: readonly string[]
  readonly schemes: readonly string[]
  readonly layouts: readonly string[]
}

interface Row {
  instances: number
  readonly byStatus: Counts
  malformed: number
  readonly versions: Set<string>
  readonly schemes: Set<string>
  readonly layouts: Set<string>
}

/** Every service with its counts, by name. Malformed records count for the service under which they lie. */
export function services(): ReportFold<CountedEntry, ServiceItem[]> {
  const rows = new Map<string, Row>()
  return {
    add(entry, times = 1) {
      if (entry.is === 'foreign') return
      const row = rows.get(entry.service) ?? emptyRow()
      rows.set(entry.service, row)
      if (entry.is === 'malformed') {
        row.malformed += times
        return
      }
      const { instance, observed } = entry
      row.instances += times
      count(row.byStatus, observed.status, times)
      if (instance.version !== '') row.versions.add(instance.version)
      for (const scheme of schemesOf(instance.endpoints)) row.schemes.add(scheme)
      if (observed.layout) row.layouts.add(observed.layout)
    },
    result: () => [...rows].sort(([a], [b]) => byCode(a, b)).map(([name, row]) => itemOf(name, row)),
  }
}

function emptyRow(): Row {
  return {
    instances: 0,
    byStatus: new Map(),
    malformed: 0,
    versions: new Set(),
    schemes: new Set(),
    layouts: new Set(),
  }
}

function itemOf(name: string, row: Row): ServiceItem {
  return {
    name,
    instances: row.instances,
    up: row.byStatus.get('up') ?? 0,
    byStatus: sortedCounts(row.byStatus),
    malformed: row.malformed,
    versions: [...row.versions].sort(),
    schemes: [...row.schemes].sort(),
    layouts: [...row.layouts].sort(),
  }
}
