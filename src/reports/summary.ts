import type { CountedEntry } from '../model/reading.ts'
import { STATUSES, type Status } from '../model/status.ts'
import { type Counts, type Including, type ReportFold, byCode, count } from './fold.ts'
import { type ForeignKeys, foreignKeys } from './foreign.ts'

/** The content of the last line of a list. */
export interface Summary {
  readonly instances: number
  /** Best status first, without those that no instance has. */
  readonly statuses: readonly { readonly status: Status; readonly instances: number }[]
  /** The most frequent first; an empty version is one of them. */
  readonly versions: readonly { readonly version: string; readonly instances: number }[]
  readonly malformed: number
  /** Keys of other programs. */
  readonly foreign: ForeignKeys
}

export function summary(): ReportFold<CountedEntry, Summary> & Including<Summary> {
  const statuses: Counts = new Map()
  const versions: Counts = new Map()
  const foreign = foreignKeys()
  let [instances, malformed] = [0, 0]
  return {
    add(entry, times = 1) {
      if (entry.is === 'foreign') {
        foreign.add(entry, times)
        return
      }
      if (entry.is === 'malformed') {
        malformed += times
        return
      }
      instances += times
      count(statuses, entry.observed.status, times)
      count(versions, entry.instance.version, times)
    },
    include(part) {
      instances += part.instances
      malformed += part.malformed
      for (const { status, instances: some } of part.statuses) count(statuses, status, some)
      for (const { version, instances: some } of part.versions) count(versions, version, some)
      foreign.include(part.foreign)
    },
    result: () => ({
      instances,
      statuses: STATUSES.flatMap((status) => {
        const some = statuses.get(status)
        return some === undefined ? [] : [{ status, instances: some }]
      }),
      versions: [...versions]
        .sort(([a, many], [b, more]) => more - many || byCode(a, b))
        .map(([version, some]) => ({ version, instances: some })),
      malformed,
      foreign: foreign.result(),
    }),
  }
}
