import { targetWord } from '../../../model/target-word.ts'
import type { WriteItem } from '../../write-results.ts'
import type { TableOf } from '../columns.ts'

const BAD = new Set(['changed', 'failed', 'unsupported'])

/** What became of what was to be changed. */
export const writesTable: TableOf<WriteItem> = {
  columns: [
    { name: 'RESULT', text: (item) => item.result, tone: (item) => (BAD.has(item.result) ? 'bad' : 'good') },
    { name: 'SERVICE', text: (item) => item.service },
    { name: 'ID', text: (item) => item.id },
    { name: 'LEASE', text: (item) => item.lease ?? '' },
    { name: 'KEY', text: (item) => item.keys.join(',') },
    { name: 'MESSAGE', text: (item) => item.message ?? '' },
    { name: 'EXPIRES', text: (item) => item.expiresAt ?? '', wide: true },
  ],
  name: (item) => targetWord(item.service, item.id),
}
