import { escapeService } from '../../model/target-word.ts'
import type { ServiceTally } from '../../reports/stats.ts'
import type { Column, TableOf } from './columns.ts'
import { barMarks } from './status-marks.ts'

/** A table with a row for each service, and a column for each metadata key of `by`; on a terminal with a bar, the longest for the service of `rows` with most instances. */
export function statsTable(by: readonly string[] = [], rows: readonly ServiceTally[] = []): TableOf<ServiceTally> {
  const most = rows.reduce((largest, { instances }) => Math.max(largest, instances), 1)
  return {
    columns: [
      { name: 'SERVICE', text: (item) => item.name, identifies: true },
      number('INSTANCES', (item) => item.instances),
      bar(most),
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

function bar(most: number): Column<ServiceTally> {
  return { name: 'BAR', text: () => '', marks: ({ byStatus }) => barMarks(byStatus, most), onTerminal: true }
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
