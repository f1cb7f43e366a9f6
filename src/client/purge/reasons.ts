import type { Backend } from '../../backends/contract/backend.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { Status } from '../../model/status.ts'
import { lacksLease } from '../../reports/lease.ts'

/** Why records are chosen; any of them is enough. None given: what the registry itself reports as dead. */
export interface PurgeReasons {
  /** Why an instance was asked for, as one sentence; undefined for one that was not. */
  readonly asked?: (entry: InstanceEntry) => string | undefined
  /** Records that no client can use. */
  readonly malformed?: boolean
  /** Keys that a rule of check-keys flags, with its code and message. */
  readonly flagged?: ReadonlyMap<string, string>
  /** Instances whose layout lives by a lease, and that have none. */
  readonly noLease?: boolean
  readonly statuses?: readonly Status[]
  /** Instances of which no endpoint answers. */
  readonly unreachable?: boolean
  /** Nodes of services that nothing lies below, where services have nodes of their own. */
  readonly emptyNodes?: boolean
}

type Registry = Pick<Backend, 'whyDead'>

/** Why an entry is chosen, as one sentence; undefined when it is not. Probing is not done here. */
export type Chooser = (entry: Entry) => string | undefined

/** Whether no reason is given. */
export function isDefault({ statuses = [], flagged, ...switches }: PurgeReasons): boolean {
  return !flagged && statuses.length === 0 && Object.values(switches).every((isOn) => !isOn)
}

/** `now` in milliseconds since 1970. */
export function chooser(reasons: PurgeReasons, registry: Registry, now: number): Chooser {
  const { asked, malformed, flagged, noLease, statuses = [] } = reasons
  const byDefault = isDefault(reasons)
  return (entry) => {
    // Keys of other systems are no business of a purge, whatever was flagged.
    if (entry.is === 'foreign' && entry.reading.system !== undefined) return undefined
    const rule = flaggedBy(entry, flagged)
    if (rule !== undefined) return rule
    if (entry.is === 'foreign') return undefined
    if (entry.is === 'malformed') return malformed ? entry.problem.message : undefined
    if (byDefault) return registry.whyDead(entry, now)
    const why = asked?.(entry)
    if (why !== undefined) return why
    if (noLease && lacksLease(entry)) return 'no lease: it never expires'
    return statuses.includes(entry.observed.status) ? withReason(entry) : undefined
  }
}

/** A reason to purge an entry: a status is one of `statuses`, and `''` a purge without any. */
export type OtherReason = '' | 'malformed' | 'noLease' | Status

/** The reasons that would choose an entry. */
export function reasonsThatTake(entry: Entry, registry: Registry, now: number): OtherReason[] {
  if (entry.is === 'foreign') return []
  if (entry.is === 'malformed') return ['malformed']
  const reasons: OtherReason[] = []
  if (registry.whyDead(entry, now) !== undefined) reasons.push('')
  if (lacksLease(entry)) reasons.push('noLease')
  if (entry.observed.status !== 'up') reasons.push(entry.observed.status)
  return reasons
}

function flaggedBy(entry: Entry, flagged: PurgeReasons['flagged']): string | undefined {
  if (!flagged) return undefined
  const records = entry.is === 'instance' ? entry.records : [entry.record]
  return records.map((record) => flagged.get(record.id)).find((rule) => rule !== undefined)
}

function withReason({ observed }: InstanceEntry): string {
  return observed.reason === undefined ? observed.status : `${observed.status}: ${observed.reason}`
}
