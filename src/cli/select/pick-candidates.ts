import type { Considered, PickOptions, PickResult } from '../../client/pick.ts'
import { hasLabel, parseLabels } from '../../reports/labels.ts'
import { parseSelection } from '../../reports/selection.ts'
import { fits } from '../../reports/terms.ts'
import type { Listing } from './listing.ts'

export interface Wishes {
  /** Instances of these can be chosen; those that are up where it is empty. */
  readonly status: readonly string[]
  readonly scheme: readonly string[]
  readonly prefer: readonly string[]
}

/** Which instances can be chosen: up or of a status that was asked for, selected, with an endpoint that can be dialled, and preferred if any is. */
export function pickable({ selects }: Pick<Listing, 'selects'>, wishes: Wishes): PickOptions {
  const { schemes, statuses } = parseSelection({ scheme: wishes.scheme, status: wishes.status })
  const labels = wishes.prefer.flatMap(parseLabels)
  return {
    // A status that was asked for is among what the listing selects.
    where: (entry) => selects(entry) && (statuses.length > 0 || entry.observed.status === 'up'),
    scheme: (scheme) => fits(schemes, scheme === '' ? [] : [scheme]),
    prefer: labels.map(
      (label) =>
        ({ instance }) =>
          hasLabel(label, instance.metadata),
    ),
  }
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
export function explain({ picked, considered }: PickResult, listing: Pick<Listing, 'selects'>): Reason[] {
  return considered.map((each) => {
    const { entry, candidate, roundTrip } = each
    const { weight } = entry.observed
    const reason = reasonOf(each, listing)
    return {
      id: entry.instance.id,
      chosen: candidate !== undefined && candidate === picked,
      candidate: candidate !== undefined,
      ...(weight === undefined ? {} : { weight }),
      ...(roundTrip === undefined ? {} : { roundTrip: Math.round(roundTrip * 10) / 10 }),
      ...(reason === undefined ? {} : { reason }),
    }
  })
}

/** Why an instance could not be chosen. */
function reasonOf({ entry, leftOut }: Considered, { selects }: Pick<Listing, 'selects'>): string | undefined {
  if (leftOut === 'not-meant') return selects(entry) ? `is ${entry.observed.status}` : 'not selected'
  if (leftOut === 'not-dialable') return 'has no endpoint that can be dialled'
  return leftOut && 'others are preferred'
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
