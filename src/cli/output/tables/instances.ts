import { targetWord } from '../../../model/target-word.ts'
import type { InstanceItem } from '../../../reports/instances.ts'
import { withoutPassword } from '../../../model/endpoint-secret.ts'
import { toneOfStatus } from '../colours.ts'
import type { Column, TableOf } from '../column.ts'
import { ageInSeconds, secondsForPeople, ttlForPeople } from '../times.ts'

const SERVICE: Column<InstanceItem> = { name: 'SERVICE', text: (item) => item.name }

const COLUMNS: readonly Column<InstanceItem>[] = [
  { name: 'ID', text: (item) => item.id },
  { name: 'STATUS', text: (item) => item.status, tone: (item) => toneOfStatus(item.status) },
  { name: 'VERSION', text: (item) => item.version },
  {
    name: 'ENDPOINTS',
    text: (item) => item.endpoints.map(withoutPassword).join(','),
    data: (item) => item.endpoints.join(','),
  },
  { name: 'AGE', text: (item, now) => secondsForPeople(ageInSeconds(item, now)), data: ageInSeconds },
  { name: 'TTL', text: (item) => ttlForPeople(item.ttl), data: (item) => item.ttl?.remaining, wide: true },
  { name: 'LEASE', text: (item) => item.lease ?? '', wide: true },
  { name: 'OWNER', text: (item) => item.owner ?? '', wide: true },
  { name: 'LAYOUT', text: (item) => item.layout ?? '', wide: true },
  { name: 'KEY', text: (item) => item.keys.join(','), wide: true },
  { name: 'METADATA', text: metadataText, wide: true },
]

const name = (item: InstanceItem) => targetWord(item.name, item.id)

/** The instances of one service. */
export const instancesTable: TableOf<InstanceItem> = { columns: COLUMNS, name }

/** The instances of several services. */
export const allInstancesTable: TableOf<InstanceItem> = { columns: [SERVICE, ...COLUMNS], name }

/** `k=v,k=v`, the keys in order. */
function metadataText({ metadata }: InstanceItem): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}
