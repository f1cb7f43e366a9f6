import type { ForeignReading } from '../model/reading.ts'
import { type Counts, type Including, type ReportFold, byCode, count } from './fold.ts'

/** What is known of a record of another program, as a sentence without a full stop. */
export function foreignText({ looksLike, belongsTo, system }: ForeignReading): string {
  if (system !== undefined) return `a key of ${system}`
  const what = looksLike === undefined ? 'a record of another program' : `a record of ${looksLike}`
  return belongsTo === undefined ? what : `${what} that belongs to the prefix ${prefixText(belongsTo)}`
}

/** Keys of other programs, by what they were recognised as. */
export interface ForeignKeys {
  readonly keys: number
  /** By framework or system, the most first; what is not recognised is in none. */
  readonly kinds: readonly { readonly kind: string; readonly keys: number }[]
  /** By the prefix under which they are whole records, the most first. */
  readonly prefixes: readonly { readonly prefix: string; readonly keys: number }[]
}

export function foreignKeys(): ReportFold<{ readonly reading: ForeignReading }, ForeignKeys> & Including<ForeignKeys> {
  const kinds: Counts = new Map()
  const prefixes: Counts = new Map()
  let keys = 0
  return {
    add({ reading }, times = 1) {
      keys += times
      const kind = reading.system ?? reading.looksLike
      if (kind !== undefined) count(kinds, kind, times)
      if (reading.belongsTo !== undefined) count(prefixes, reading.belongsTo, times)
    },
    include(part) {
      keys += part.keys
      for (const { kind, keys: some } of part.kinds) count(kinds, kind, some)
      for (const { prefix, keys: some } of part.prefixes) count(prefixes, prefix, some)
    },
    result: () => ({
      keys,
      kinds: sorted(kinds).map(([kind, some]) => ({ kind, keys: some })),
      prefixes: sorted(prefixes).map(([prefix, some]) => ({ prefix, keys: some })),
    }),
  }
}

/** A prefix for people: an empty one is the whole store. */
export function prefixText(prefix: string): string {
  return prefix === '' ? "''" : prefix
}

function sorted(counts: Counts): [string, number][] {
  return [...counts].sort(([a, many], [b, more]) => more - many || byCode(a, b))
}
