import type { TableOf } from '../column.ts'

/** One record that a purge is to remove. */
export interface PlannedItem {
  readonly key: string
  readonly service: string
  readonly id?: string
  /** Why it is to go. */
  readonly reason: string
  readonly revision?: string
  /** The registry still calls it up. */
  readonly live: boolean
  /** Whoever wrote it will write it again. */
  readonly comesBack: boolean
  /** It is removed only as it was seen. */
  readonly guarded: boolean
  /** What will follow, as one sentence. */
  readonly note?: string
}

export const planTable: TableOf<PlannedItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.service },
    { name: 'ID', text: (item) => item.id ?? '' },
    { name: 'LIVE', text: (item) => yesOrNo(item.live), tone: (item) => (item.live ? 'notice' : 'quiet') },
    { name: 'KEY', text: (item) => item.key },
    { name: 'REASON', text: (item) => item.reason },
    { name: 'COMES-BACK', text: (item) => yesOrNo(item.comesBack), wide: true },
    { name: 'GUARDED', text: (item) => yesOrNo(item.guarded), wide: true },
    { name: 'REVISION', text: (item) => item.revision ?? '', wide: true },
    { name: 'NOTE', text: (item) => item.note ?? '', wide: true },
  ],
  name: (item) => item.key,
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
