import type { Chance } from '../balance/candidate.ts'
import { quicker, twoOf } from '../balance/least-rtt.ts'
import { prefer } from '../balance/prefer.ts'
import { type StrategyName, type Turns, strategyOf } from '../balance/strategy.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { type Accepts, type PickCandidate, type Picked, accepting, candidateOf } from './candidate.ts'
import { roundTripTo } from './probe/ask.ts'

/** Among which instances one is chosen, and how. */
export interface PickOptions {
  /** How an instance is chosen; `round-robin` by default. */
  readonly strategy?: StrategyName
  /** For the strategy `hash`: the same text chooses the same instance. */
  readonly hashKey?: string
  /** Only endpoints of this scheme, such as `grpc`, of one of these, or of those for which this returns true; '' stands for an address without a scheme. Any by default. */
  readonly scheme?: string | readonly string[] | Accepts
  /** Only instances for which this returns true; those that are up by default. */
  readonly where?: (entry: InstanceEntry) => boolean
  /** Wishes in turn: each narrows to the instances for which it returns true, unless none would be left. */
  readonly prefer?: readonly ((entry: InstanceEntry) => boolean)[]
  /** For the strategies that take turns: whose turn it is. Each choice changes it; give the same object, or what was kept of it as JSON, to the next. */
  readonly turns?: Turns
  /** Returns a random number from 0 to below 1; `Math.random` by default. */
  readonly chance?: Chance
  /** Aborts the connections by which `least-rtt` measures. */
  readonly signal?: AbortSignal
}

/** One choice among instances that were listed. */
export interface PickResult {
  /** Undefined where no instance can be chosen. */
  readonly picked: Picked | undefined
  /** What became of each instance, in their order. */
  readonly considered: readonly Considered[]
}

/** An instance that was among the listed ones when one was chosen. */
export interface Considered {
  readonly entry: InstanceEntry
  /** Where it would be called; only of one that could be chosen. */
  readonly candidate?: Picked
  /** Why it could not: `where` returns false, no endpoint can be dialled, or others fulfil a wish. */
  readonly leftOut?: 'not-meant' | 'not-dialable' | 'less-preferred'
  /** How long a connection took in milliseconds, where it was measured: `least-rtt` measures two. */
  readonly roundTrip?: number
}

/**
 * Chooses one of instances that were listed, and says of each why it could be chosen or not. Who calls again and again has a `balancer`,
 * which follows a service and learns from its calls; this one connects to two instances for `least-rtt`, and else sends nothing.
 *
 * @throws the signal's reason
 */
export async function pick(entries: readonly InstanceEntry[], options: PickOptions = {}): Promise<PickResult> {
  const considered = consider(entries, options)
  const candidates = considered.flatMap(({ candidate }) => candidate ?? [])
  const { strategy = 'round-robin', hashKey = '', turns, chance = Math.random, signal } = options
  if (strategy === 'least-rtt') return await pickQuicker(considered, twoOf(candidates, chance), signal)
  const choose = strategyOf(strategy, turns)
  return { picked: choose(candidates, { chance, hashKey, roundTrip: () => undefined }), considered }
}

type ConsideredOne = Omit<Considered, 'candidate'> & { readonly candidate?: PickCandidate }

function consider(entries: readonly InstanceEntry[], options: PickOptions): readonly ConsideredOne[] {
  const { where = isUp, prefer: wishes = [], scheme } = options
  const accepts = typeof scheme === 'function' ? scheme : accepting(scheme)
  const considered = entries.map((entry): ConsideredOne => {
    if (!where(entry)) return { entry, leftOut: 'not-meant' }
    const candidate = candidateOf(entry, accepts)
    return candidate ? { entry, candidate } : { entry, leftOut: 'not-dialable' }
  })
  const preferred = new Set(
    prefer(
      considered.filter(({ candidate }) => candidate),
      wishes.map(
        (wish) =>
          ({ entry }: ConsideredOne) =>
            wish(entry),
      ),
    ),
  )
  return considered.map((each) =>
    each.candidate && !preferred.has(each) ? { entry: each.entry, leftOut: 'less-preferred' } : each,
  )
}

function isUp({ observed }: InstanceEntry): boolean {
  return observed.status === 'up'
}

/** The quicker of two; one that cannot be reached counts as infinitely slow. */
async function pickQuicker(
  considered: readonly ConsideredOne[],
  two: readonly PickCandidate[],
  signal: AbortSignal | undefined,
): Promise<PickResult> {
  const measured = await Promise.all(two.map(async ({ url }) => await roundTripTo(url, signal)))
  const times = new Map(two.map(({ key }, at) => [key, measured[at]]))
  const picked = quicker(two, ({ key }) => times.get(key) ?? Infinity)
  const withTimes = considered.map((each) => {
    const roundTrip = each.candidate && times.get(each.candidate.key)
    return roundTrip === undefined ? each : { ...each, roundTrip }
  })
  return { picked, considered: withTimes }
}
