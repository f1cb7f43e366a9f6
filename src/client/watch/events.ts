import type { FieldChange, WatchEvent } from '../../model/change.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { fieldChanges } from '../../reports/difference.ts'
import type { EntryChange, MalformedChange, SnapshotChange } from './watched-service.ts'

type Change = Extract<WatchEvent, { type: 'added' | 'updated' | 'removed' | 'malformed' }>

export interface EventOptions {
  /** A renewal time alone is an event too. */
  readonly renewals?: boolean
  /** Only instances for which this holds: one that begins to match is added, one that ceases to is removed. */
  readonly where?: (entry: InstanceEntry) => boolean
  /** Which records that no client can use are events; none where it is left out. */
  readonly malformed?: (entry: MalformedEntry) => boolean
}

/** What changed, as a caller sees it. The revision stands on the last event: it is seen when all of it is. */
export function eventsOf(changes: readonly SnapshotChange[], options: EventOptions, revision?: string): Change[] {
  const events: Change[] = []
  for (const change of changes) {
    const event = 'malformed' in change ? malformedEvent(change, options) : eventOf(change, options)
    if (event) events.push(event)
  }
  const last = events.pop()
  if (last) events.push(revision === undefined ? last : { ...last, revision })
  return events
}

function malformedEvent({ malformed, gone }: MalformedChange, options: EventOptions): Change | undefined {
  if (!options.malformed?.(malformed)) return undefined
  return gone ? { type: 'malformed', malformed, gone } : { type: 'malformed', malformed }
}

/** What became of an instance; undefined where nothing did that is reported. */
export function eventOf(
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

function changesBetween(before: InstanceEntry, after: InstanceEntry, renewals: boolean): FieldChange[] {
  const changes = fieldChanges(before, after, { renewals })
  const [was, is] = [before.observed.lease, after.observed.lease]
  if (was !== is) changes.push({ field: 'lease', from: was, to: is })
  if (!haveSameKeys(before, after)) changes.push({ field: 'keys', from: keysOf(before), to: keysOf(after) })
  return changes
}

function haveSameKeys({ records }: InstanceEntry, { records: others }: InstanceEntry): boolean {
  return records.length === others.length && records.every(({ id }, at) => id === others[at]?.id)
}

function keysOf({ records }: InstanceEntry): string[] {
  return records.map(({ id }) => id)
}
