import type { ForeignReading } from '../model/reading.ts'

/** What is known of a record of another program, as a sentence without a full stop. */
export function foreignText({ looksLike, belongsTo, system }: ForeignReading): string {
  if (system !== undefined) return `a key of ${system}`
  const what = looksLike === undefined ? 'a record of another program' : `a record of ${looksLike}`
  return belongsTo === undefined ? what : `${what} that belongs to the prefix ${belongsTo === '' ? "''" : belongsTo}`
}
