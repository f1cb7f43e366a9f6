import { escapeService } from '../../../model/target-word.ts'
import type { ServiceTally } from '../../../reports/stats.ts'
import type { Column, TableOf } from '../column.ts'

/** A row a service. `by`: the metadata keys that were counted by, a column each. */
export function statsTable(by: readonly string[] = []): TableOf<ServiceTally> {
  return {
    columns: [
      { name: 'SERVICE', text: (item) => item.name },
      number('INSTANCES', (item) => item.instances),
      words('STATUS', (item) => item.byStatus),
      words('VERSIONS', (item) => item.byVersion),
      words('SCHEMES', (item) => item.byScheme),
      words('LAYOUTS', (item) => item.byLayout),
      ...by.map((key) => words(key.toUpperCase(), (item) => item.by?.[key] ?? {})),
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
function words(name: string, of: (item: ServiceTally) => Readonly<Record<string, number>>): Column<ServiceTally> {
  const text = (item: ServiceTally) =>
    Object.entries(of(item))
      .sort(([, a], [, b]) => b - a)
      .map(([word, count]) => `${word || '(none)'} ×${count}`)
      .join(', ')
  return { name, text }
}
