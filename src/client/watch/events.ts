import { isDeepStrictEqual } from 'node:util'
import type { FieldChange, WatchEvent } from '../../model/change.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { fieldChanges } from '../../reports/difference.ts'
import type { EntryChange } from './watched-service.ts'

type Change = Extract<WatchEvent, { type: 'added' | 'updated' | 'removed' }>

export interface EventOptions {
  /** A renewal time alone is an event too. */
  readonly renewals?: boolean
  /** Only instances for which this holds: one that begins to match is added, one that ceases to is removed. */
  readonly where?: (entry: InstanceEntry) => boolean
}

/** What changed, as a caller sees it. The revision stands on the last event: it is seen when all of it is. */
export function eventsOf(changes: readonly EntryChange[], options: EventOptions, revision?: string): Change[] {
  const events: Change[] = []
  for (const change of changes) {
    const event = eventOf(change, options)
    if (event) events.push(event)
  }
  const last = events.pop()
  if (last) events.push(revision === undefined ? last : { ...last, revision })
  return events
}

function eventOf(
  { before, after }: EntryChange,
  { renewals = false, where = () => true }: EventOptions,
): Change | undefined {
  const was = before && where(before) ? before : undefined
  const is = after && where(after) ? after : undefined
  if (!was) return is && { type: 'added', entry: is }
  if (!is) return { type: 'removed', entry: was }
  const changes = changesBetween(was, is, renewals)
  return changes.length === 0 ? undefined : { type: 'updated', entry: is, before: was, changes }
}

/** The same value under another lease does not count as a change: a keep-alive takes over its own record that way. */
function changesBetween(before: InstanceEntry, after: InstanceEntry, renewals: boolean): FieldChange[] {
  const changes = fieldChanges(before, after, { renewals }).filter(({ field }) => field !== 'lease')
  const [from, to] = [keysOf(before), keysOf(after)]
  return isDeepStrictEqual(from, to) ? changes : [...changes, { field: 'keys', from, to }]
}

function keysOf({ records }: InstanceEntry): string[] {
  return records.map(({ id }) => id)
}
