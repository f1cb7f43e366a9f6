import type { Candidate, Chance } from './candidate.ts'
import { consistentHash } from './consistent-hash.ts'
import { quicker, twoOf } from './least-rtt.ts'
import { random, weightedRandom } from './random.ts'
import { roundRobin } from './round-robin.ts'
import { type Credits, smoothWeighted } from './smooth-weighted.ts'

export const STRATEGIES = ['round-robin', 'random', 'weighted-random', 'smooth-weighted', 'least-rtt', 'hash'] as const
export type StrategyName = (typeof STRATEGIES)[number]

/** What is known when one is chosen. */
export interface Choosing {
  readonly chance: Chance
  /** Milliseconds, for `least-rtt`. */
  readonly roundTrip: (candidate: Candidate) => number | undefined
  /** What `hash` goes by. */
  readonly hashKey: string
}

/** Whose turn it is: what a strategy that takes turns knows from one choice to the next, as plain data. */
export interface Turns {
  /** The key of the one chosen last. */
  last?: string
  credits?: Credits
}

/** Chooses one of some; undefined where there is none. */
export type Strategy = <C extends Candidate>(candidates: readonly C[], choosing: Choosing) => C | undefined

/** A strategy that goes on from what it remembers, and changes that with each choice. */
export function strategyOf(name: StrategyName, turns: Turns = {}): Strategy {
  switch (name) {
    case 'round-robin':
      return (candidates) => {
        const chosen = roundRobin(candidates, turns.last)
        if (chosen) turns.last = chosen.key
        return chosen
      }
    case 'random':
      return (candidates, { chance }) => random(candidates, chance)
    case 'weighted-random':
      return (candidates, { chance }) => weightedRandom(candidates, chance)
    case 'smooth-weighted':
      return (candidates) => {
        const { chosen, credits } = smoothWeighted(candidates, turns.credits)
        turns.credits = credits
        return chosen
      }
    case 'least-rtt':
      return (candidates, { chance, roundTrip }) => quicker(twoOf(candidates, chance), roundTrip)
    default:
      return (candidates, { hashKey }) => consistentHash(candidates, hashKey)
  }
}
