import type { Backend } from '../../backends/backend.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { Status } from '../../model/status.ts'

/** Why records are chosen; any of them is enough. None given: what is dead by the registry's own word. */
export interface PurgeReasons {
  /** Records that no client can use. */
  readonly malformed?: boolean
  /** Keys that a rule of check-keys flags, with the rule's code. */
  readonly flagged?: ReadonlyMap<string, string>
  /** Instances whose layout lives by a lease, and that have none. */
  readonly noLease?: boolean
  readonly statuses?: readonly Status[]
  /** Instances of which no endpoint answers: what the probe saw, by `service/id`. */
  readonly unreachable?: boolean
}

/** Why an entry is chosen, as one sentence; undefined when it is not. Probing is not done here. */
export type Chooser = (entry: Entry) => string | undefined

export function chooser(reasons: PurgeReasons, backend: Pick<Backend, 'dead'>, now: number): Chooser {
  const { malformed, flagged, noLease, statuses = [], unreachable } = reasons
  const byDefault = !malformed && !flagged && !noLease && statuses.length === 0 && !unreachable
  return (entry) => {
    const rule = flaggedBy(entry, flagged)
    if (rule !== undefined) return rule
    if (entry.is === 'malformed') return malformed ? entry.problem.message : undefined
    if (byDefault) return backend.dead(entry, now)
    if (noLease && lacksLease(entry)) return 'no lease: it never expires'
    return statuses.includes(entry.observed.status) ? withReason(entry) : undefined
  }
}

/** Whether its layout lives by a lease, and it has none. */
export function lacksLease({ observed }: InstanceEntry): boolean {
  return observed.lease === undefined && ['kratos', 'kratos-scheme', 'plain'].includes(observed.layout ?? '')
}

function flaggedBy(entry: Entry, flagged: PurgeReasons['flagged']): string | undefined {
  if (!flagged) return undefined
  const records = entry.is === 'instance' ? entry.records : [entry.record]
  return records.map((record) => flagged.get(record.id)).find((rule) => rule !== undefined)
}

function withReason({ observed }: InstanceEntry): string {
  return observed.reason === undefined ? observed.status : `${observed.status}: ${observed.reason}`
}
