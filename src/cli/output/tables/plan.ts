import type { PlannedRemoval } from '../../../client/purge/removal.ts'
import { formatDuration } from '../../../model/duration.ts'
import type { TableOf } from '../columns.ts'

/** One record that a purge is to remove, as it is shown. */
export type PlannedItem = Omit<PlannedRemoval, 'record' | 'layout'>

export const planTable: TableOf<PlannedItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.service },
    { name: 'ID', text: (item) => item.id ?? '' },
    { name: 'LIVE', text: (item) => yesOrNo(item.live), tone: (item) => (item.live ? 'notice' : 'quiet') },
    { name: 'LEASED', text: leasedText },
    { name: 'KEY', text: (item) => item.key },
    { name: 'REASON', text: (item) => item.reason },
    { name: 'COMES-BACK', text: (item) => yesOrNo(item.comesBack), wide: true },
    { name: 'GUARDED', text: (item) => yesOrNo(item.guarded), wide: true },
    { name: 'REVISION', text: (item) => item.revision ?? '', wide: true },
    { name: 'NOTE', text: (item) => item.note ?? '', wide: true },
  ],
  name: (item) => item.key,
}

/** With the seconds left, where the registry tells. */
function leasedText({ leased, ttl }: PlannedItem): string {
  if (leased === undefined) return '-'
  return leased && ttl ? `yes, ${formatDuration(ttl.remaining * 1000)}` : yesOrNo(leased)
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
