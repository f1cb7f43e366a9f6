import { STATUSES, type Status } from '../../model/status.ts'
import { toneOfStatus } from './colours.ts'
import type { StatusMark } from './columns.ts'

/** So many instances have a square each; of more it is said how many more there are. */
export const SQUARES = 20

/** What stands for a square where there are no colours. */
const LETTERS: Readonly<Record<Status, string>> = {
  up: 'U',
  warning: 'W',
  starting: 'S',
  stopping: 'T',
  maintenance: 'M',
  unknown: '?',
  unhealthy: 'H',
  expired: 'E',
  down: 'D',
}

/** Columns of the longest bar. */
const LONGEST = 20

/** A bar as long as there are instances beside the `most` of one service, the worst status first. Whatever there is has a square. */
export function barMarks(byStatus: Readonly<Record<string, number>>, most: number): StatusMark[] {
  return marksOf(byStatus, (count) => Math.max(1, Math.round((count / most) * LONGEST)))
}

/** A mark for each instance, the worst status first, `most` at most. */
export function statusMarks(byStatus: Readonly<Record<string, number>>, most: number): StatusMark[] {
  let left = most
  return marksOf(byStatus, (count) => {
    const times = Math.min(left, count)
    left -= times
    return times
  })
}

/** `timesOf` says how many marks stand for so many instances of a status. */
function marksOf(byStatus: Readonly<Record<string, number>>, timesOf: (count: number) => number): StatusMark[] {
  return STATUSES.toReversed().flatMap((status) => {
    const count = byStatus[status] ?? 0
    const times = count === 0 ? 0 : timesOf(count)
    return times === 0 ? [] : [{ letter: LETTERS[status], tone: toneOfStatus(status), times }]
  })
}
