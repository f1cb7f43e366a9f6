import { option } from '../../model/wording.ts'
import type { Entry } from '../../model/reading.ts'
import type { PlanRefusal } from './refusal.ts'

/** What a plan may take of the instances that are up. Malformed records are no instances and never count. */
export interface Guard {
  /** Of a service's instances. */
  readonly maxPercent: number
  /** Instances that must be up afterwards. */
  readonly keepMin: number
}

/** One service, in numbers of instances. */
interface ServiceCount {
  instances: number
  up: number
  removedUp: number
}

/** What there is of each service, and how much of it a plan takes. */
export class Census {
  readonly #counts = new Map<string, ServiceCount>()

  /** Of what it has met a record. */
  get services(): ReadonlySet<string> {
    return new Set(this.#counts.keys())
  }

  meet(entry: Entry): void {
    const count = this.#counts.get(entry.service) ?? { instances: 0, up: 0, removedUp: 0 }
    this.#counts.set(entry.service, count)
    if (entry.is !== 'instance') return
    count.instances++
    if (entry.observed.status === 'up') count.up++
  }

  /** Something it has met is to go. */
  take(entry: Entry): void {
    const count = this.#counts.get(entry.service)
    if (count && entry.is === 'instance' && entry.observed.status === 'up') count.removedUp++
  }

  /** Why the whole plan is refused. */
  refusals(guard: Guard): PlanRefusal[] {
    return [...this.#counts].flatMap(([service, count]) =>
      refusalOf(count, guard).map((fact) => ({ fact: `${service}: ${fact}`, liftedBy: 'force' as const })),
    )
  }
}

function refusalOf({ instances, up, removedUp }: ServiceCount, { maxPercent, keepMin }: Guard): string[] {
  if (removedUp === 0) return []
  const left = up - removedUp
  if (removedUp * 100 > maxPercent * instances) {
    const percent = Math.round((removedUp / instances) * 100)
    return [
      `would remove ${removedUp} of ${instances} instances that are up (${percent}%; ${option('guard.maxPercent')} is ${maxPercent})`,
    ]
  }
  return left < keepMin ? [`would leave ${left} up; ${option('guard.keepMin')} is ${keepMin}`] : []
}
