import { escapeService } from '../../model/target-word.ts'
import type { ServiceTally } from '../../reports/stats.ts'
import type { Column, TableOf } from './columns.ts'

/** A table with a row for each service, and a column for each metadata key of `by`. */
export function statsTable(by: readonly string[] = []): TableOf<ServiceTally> {
  return {
    columns: [
      { name: 'SERVICE', text: (item) => item.name, identifies: true },
      number('INSTANCES', (item) => item.instances),
      tally('STATUS', (item) => item.byStatus),
      tally('VERSIONS', (item) => item.byVersion),
      tally('SCHEMES', (item) => item.byScheme),
      tally('LAYOUTS', (item) => item.byLayout),
      ...by.map((key) => tally(key.toUpperCase(), (item) => item.by?.[key] ?? {})),
      number('MALFORMED', (item) => item.malformed),
      { ...number('NO-LEASE', (item) => item.withoutLease), wide: true },
    ],
    name: (item) => escapeService(item.name),
  }
}

function number(name: string, of: (item: ServiceTally) => number): Column<ServiceTally> {
  return { name, text: (item) => String(of(item)), data: of, align: 'right' }
}

/** `v1.4.2 ×3, v1.4.1 ×2`, the most frequent first. */
function tally(name: string, of: (item: ServiceTally) => Readonly<Record<string, number>>): Column<ServiceTally> {
  const text = (item: ServiceTally) =>
    Object.entries(of(item))
      .sort(([, a], [, b]) => b - a)
      .map(([word, count]) => `${word || '(none)'} ×${count}`)
      .join(', ')
  return { name, text }
}
