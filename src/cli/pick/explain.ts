import type { Considered } from './consider.ts'
import type { Choice } from './choose.ts'

/** What `--why` says of an instance. */
export interface Reason {
  readonly id: string
  readonly chosen: boolean
  readonly candidate: boolean
  readonly weight?: number
  /** Milliseconds. */
  readonly roundTrip?: number
  readonly reason?: string
}

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
