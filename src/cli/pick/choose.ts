import type { Candidate } from '../../balance/candidate.ts'
import { quicker, twoOf } from '../../balance/least-rtt.ts'
import { type Choosing, type Memory, type StrategyName, strategyOf } from '../../balance/strategy.ts'
import type { PickCandidate } from '../../client/balancer-candidate.ts'
import { roundTripTo } from '../../client/probe/round-trip.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { remembering } from './memory.ts'

export interface Choice {
  readonly chosen: PickCandidate | undefined
  /** Milliseconds, by key, of those that were measured. */
  readonly roundTrips: ReadonlyMap<string, number>
}

export interface Question {
  readonly strategy: StrategyName
  readonly hashKey: string
  /** Where what takes turns is remembered. */
  readonly memory: string
}

/** What those that take turns do where nothing can be remembered. */
const FORGETFUL = { 'round-robin': 'random', 'smooth-weighted': 'weighted-random' } as const

export async function choose(
  context: Context,
  candidates: readonly PickCandidate[],
  { strategy, hashKey, memory }: Question,
): Promise<Choice> {
  if (strategy === 'least-rtt') return await chooseQuicker(candidates, context.signal)
  const choosing: Choosing = { chance: Math.random, hashKey, roundTrip: () => undefined }
  const by = (name: StrategyName, remembered?: Memory) => strategyOf(name, remembered)(candidates, choosing)
  const chosen =
    strategy === 'round-robin' || strategy === 'smooth-weighted'
      ? await inTurn(context, memory, strategy, by)
      : by(strategy)
  return { chosen, roundTrips: new Map() }
}

async function inTurn<C extends Candidate>(
  context: Context,
  path: string,
  strategy: keyof typeof FORGETFUL,
  by: (name: StrategyName, memory?: Memory) => C | undefined,
): Promise<C | undefined> {
  try {
    return await remembering(path, (memory) => by(strategy, memory))
  } catch (error) {
    if (!(error instanceof RollcallError) || (error.code !== 'config' && error.code !== 'conflict')) throw error
    context.logger.warn(`${messageOf(error)}; chosen by chance, because no turn can be kept`)
    return by(FORGETFUL[strategy])
  }
}

/** One that cannot be reached takes for ever. */
async function chooseQuicker(candidates: readonly PickCandidate[], signal: AbortSignal): Promise<Choice> {
  const two = twoOf(candidates, Math.random)
  const measured = await Promise.all(two.map(async ({ url }) => await roundTripTo(url, signal)))
  const times = new Map(two.map(({ key }, at) => [key, measured[at] ?? Infinity]))
  const known = [...times].filter(([, time]) => time !== Infinity)
  return { chosen: quicker(two, ({ key }) => times.get(key)), roundTrips: new Map(known) }
}
