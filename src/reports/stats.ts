import type { CountedEntry } from '../model/reading.ts'
import { type ReportFold, byCode } from './fold.ts'
import { type ForeignKeys, foreignKeys } from './foreign.ts'
import { type Tally, tally } from './tally.ts'

/** What `stats` shows: the counts of everything, and of each service. */
export interface Stats extends Tally {
  /** How many services have an instance or a malformed record; what lies under an empty name is none. */
  readonly services: number
  readonly perService: readonly ServiceTally[]
  /** Keys of other programs; they count for no service. */
  readonly foreign: ForeignKeys
}

/** The counts of one service. */
export interface ServiceTally extends Tally {
  readonly name: string
}

/** `by`: the metadata keys to count by. */
export function stats(by: readonly string[] = []): ReportFold<CountedEntry, Stats> {
  const all = tally(by)
  const each = new Map<string, ReportFold<CountedEntry, Tally>>()
  const foreign = foreignKeys()
  return {
    add(entry, times = 1) {
      if (entry.is === 'foreign') {
        foreign.add(entry, times)
        return
      }
      all.add(entry, times)
      const one = each.get(entry.service) ?? tally(by)
      each.set(entry.service, one)
      one.add(entry, times)
    },
    result() {
      const perService = [...each].sort(([a], [b]) => byCode(a, b))
      return {
        services: each.size - (each.has('') ? 1 : 0),
        ...all.result(),
        foreign: foreign.result(),
        perService: perService.map(([name, one]) => Object.assign({ name }, one.result())),
      }
    },
  }
}
