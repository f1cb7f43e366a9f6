import type { Finding } from '../../../lint/finding.ts'
import { toneOfSeverity } from '../colours.ts'
import type { TableOf } from '../column.ts'

export const findingsTable: TableOf<Finding> = {
  columns: [
    { name: 'SEVERITY', text: (item) => item.severity, tone: (item) => toneOfSeverity(item.severity) },
    { name: 'RULE', text: (item) => item.rule },
    { name: 'KEY', text: (item) => item.key },
    { name: 'HOSTS', text: (item) => item.hosts.join(',') },
    { name: 'MESSAGE', text: (item) => item.message },
    { name: 'SERVICE', text: (item) => item.service, wide: true },
    { name: 'ID', text: (item) => item.id ?? '', wide: true },
    { name: 'LEASE', text: (item) => item.lease ?? '', wide: true },
    { name: 'OWNER', text: (item) => item.owner ?? '', wide: true },
    { name: 'FIX', text: (item) => item.fix, wide: true },
  ],
  name: (item) => item.key,
}
