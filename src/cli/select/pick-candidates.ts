import { prefer } from '../../balance/prefer.ts'
import { type PickCandidate, candidateOf } from '../../client/balancer.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { hasLabel, parseLabels } from '../../reports/labels.ts'
import { parseSelection } from '../../reports/selection.ts'
import { fits } from '../../reports/terms.ts'
import type { Listing } from './listing.ts'
import type { Choice } from './pick-choice.ts'

/** An instance of the service: either a candidate, or the reason why it cannot be chosen. */
export interface Considered {
  readonly entry: InstanceEntry
  readonly candidate?: PickCandidate
  readonly reason?: string
}

export interface Wishes {
  /** Instances of these can be chosen; those that are up where it is empty. */
  readonly status: readonly string[]
  readonly scheme: readonly string[]
  readonly prefer: readonly string[]
}

/** Decides which instances can be chosen: up or of a status that was asked for, selected, with an endpoint that can be dialled, and preferred if any is. */
export function consider(
  entries: readonly InstanceEntry[],
  { selects }: Pick<Listing, 'selects'>,
  wishes: Wishes,
): Considered[] {
  const { schemes, statuses } = parseSelection({ scheme: wishes.scheme, status: wishes.status })
  const labels = wishes.prefer.flatMap(parseLabels)
  const considered = entries.map((entry): Considered => {
    if (!selects(entry)) return { entry, reason: 'not selected' }
    // A status that was asked for is among what the listing selects.
    if (statuses.length === 0 && entry.observed.status !== 'up') return { entry, reason: `is ${entry.observed.status}` }
    const candidate = candidateOf(entry, (scheme) => fits(schemes, scheme === undefined ? [] : [scheme]))
    return candidate ? { entry, candidate } : { entry, reason: 'has no endpoint that can be dialled' }
  })
  const preferred = prefer(
    considered.filter(({ candidate }) => candidate),
    labels.map(
      (label) =>
        ({ entry }: Considered) =>
          hasLabel(label, entry.instance.metadata),
    ),
  )
  return considered.map((each) =>
    each.candidate && !preferred.includes(each) ? { entry: each.entry, reason: 'others are preferred' } : each,
  )
}

/** What `--why` shows of an instance. */
export interface Reason {
  readonly id: string
  readonly chosen: boolean
  readonly candidate: boolean
  readonly weight?: number
  /** Milliseconds. */
  readonly roundTrip?: number
  readonly reason?: string
}

/** Explains a choice, an entry for each instance of the service. */
export function explain(considered: readonly Considered[], { chosen, roundTrips }: Choice): Reason[] {
  return considered.map(({ entry, candidate, reason }) => {
    const { weight } = entry.observed
    const roundTrip = candidate && roundTrips.get(candidate.key)
    return {
      id: entry.instance.id,
      chosen: candidate !== undefined && candidate === chosen,
      candidate: candidate !== undefined,
      ...(weight === undefined ? {} : { weight }),
      ...(roundTrip === undefined ? {} : { roundTrip: Math.round(roundTrip * 10) / 10 }),
      ...(reason === undefined ? {} : { reason }),
    }
  })
}

/** A line for people: `payments-2: chosen, weight 100`. */
export function lineOf({ id, chosen, candidate, weight, roundTrip, reason }: Reason): string {
  const parts = [
    chosen ? 'chosen' : candidate ? 'not its turn' : `left out: ${reason}`,
    weight === undefined ? '' : `weight ${weight}`,
    roundTrip === undefined ? '' : `${roundTrip}ms away`,
  ]
  return `${id}: ${parts.filter(Boolean).join(', ')}`
}
