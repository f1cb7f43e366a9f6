import type { Entry } from '../model/reading.ts'
import { spreadValues } from './claim-tally.ts'
import { schemesOf } from './endpoint-parts.ts'
import { type ReportFold, byCode } from './fold.ts'

/** A manifest as data, as `rollcall schema Manifest` describes it. */
export interface ManifestData {
  readonly services: Readonly<Record<string, object>>
  readonly malformed: number
  readonly unexpected: 'fail'
}

interface Met {
  all: number
  up: number
  readonly versions: Set<string>
  readonly hosts: Set<string>
  /** What every instance so far has. */
  schemes: Set<string>
  metadata: Map<string, string>
}

/** The strictest manifest that holds of the entries: instances that are up, and of these what all have in common. */
export function manifestOf(): ReportFold<Entry, ManifestData> {
  const services = new Map<string, Met>()
  let malformed = 0
  return {
    add(entry, times = 1) {
      if (entry.is === 'malformed') malformed += times
      if (entry.is !== 'instance') return
      const { instance, observed } = entry
      const schemes = schemesOf(instance.endpoints)
      const met = services.get(entry.service) ?? begun()
      services.set(entry.service, met)
      met.all += times
      if (observed.status !== 'up') return
      const isFirst = met.up === 0
      met.up += times
      met.versions.add(instance.version)
      for (const host of spreadValues(entry, 'host')) met.hosts.add(host)
      met.schemes = new Set(isFirst ? schemes : schemes.filter((scheme) => met.schemes.has(scheme)))
      met.metadata = isFirst
        ? new Map(Object.entries(instance.metadata))
        : new Map([...met.metadata].filter(([key, value]) => instance.metadata[key] === value))
    },
    result: () => ({
      services: Object.fromEntries(
        [...services].sort(([a], [b]) => byCode(a, b)).map(([name, met]) => [name, claimsOf(met)]),
      ),
      malformed,
      unexpected: 'fail',
    }),
  }
}

function begun(): Met {
  return { all: 0, up: 0, versions: new Set(), hosts: new Set(), schemes: new Set(), metadata: new Map() }
}

function claimsOf({ all, up, versions, hosts, schemes, metadata }: Met): object {
  return {
    min: up,
    max: up,
    ...(up === all ? { status: ['up'] } : {}),
    ...(versions.size > 0 ? { versions: [...versions].sort(byCode) } : {}),
    ...(schemes.size > 0 ? { schemes: [...schemes] } : {}),
    ...(metadata.size > 0 ? { metadata: Object.fromEntries([...metadata].sort(([a], [b]) => byCode(a, b))) } : {}),
    ...(hosts.size > 1 ? { spread: { by: 'host', min: hosts.size } } : {}),
  }
}
