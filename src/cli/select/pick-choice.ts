import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Candidate } from '../../balance/candidate.ts'
import { quicker, twoOf } from '../../balance/least-rtt.ts'
import { type Choosing, type Memory, type StrategyName, strategyOf } from '../../balance/strategy.ts'
import type { PickCandidate } from '../../client/balancer.ts'
import { roundTripTo } from '../../client/probe/ask.ts'
import { stateFolder } from '../../config/user-folders.ts'
import { changeFile } from '../../config/write-file.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'

export interface Choice {
  readonly chosen: PickCandidate | undefined
  /** Milliseconds by candidate key, of the candidates that were measured. */
  readonly roundTrips: ReadonlyMap<string, number>
}

export interface ChoiceOptions {
  readonly strategy: StrategyName
  readonly hashKey: string
  /** The file that stores whose turn it is. */
  readonly memory: string
}

/** What the strategies that take turns fall back to when nothing can be stored. */
const FORGETFUL = { 'round-robin': 'random', 'smooth-weighted': 'weighted-random' } as const

/** Chooses one of the candidates by a strategy; the choice is empty when there is no candidate. */
export async function choose(
  context: Context,
  candidates: readonly PickCandidate[],
  { strategy, hashKey, memory }: ChoiceOptions,
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
    context.logger.warn(`${messageOf(error)}; choosing at random, because whose turn it is cannot be stored`)
    return by(FORGETFUL[strategy])
  }
}

/** The quicker of two random instances; one that cannot be reached counts as infinitely slow. */
async function chooseQuicker(candidates: readonly PickCandidate[], signal: AbortSignal): Promise<Choice> {
  const two = twoOf(candidates, Math.random)
  const measured = await Promise.all(two.map(async ({ url }) => await roundTripTo(url, signal)))
  const times = new Map(two.map(({ key }, at) => [key, measured[at] ?? Infinity]))
  const known = [...times].filter(([, time]) => time !== Infinity)
  return { chosen: quicker(two, ({ key }) => times.get(key)), roundTrips: new Map(known) }
}

/** The file below `$XDG_STATE_HOME/rollcall/picks/` that stores whose turn it is, one for each registry and set of flags. */
export function memoryPath(env: Context['io']['env'], question: readonly unknown[]): string {
  const name = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32)
  return join(stateFolder(env), 'picks', `${name}.json`)
}

/**
 * Lets a choice read and change whose turn it is, one process at a time, so that of many that choose at once each gets its
 * own turn. A file that is not valid is started over.
 *
 * @throws RollcallError `config` when the file cannot be written, `conflict` when another process holds it for too long.
 */
async function remembering<T>(path: string, choice: (memory: Memory) => T): Promise<T> {
  let chosen: { readonly value: T } | undefined
  await changeFile(path, async () => {
    const memory = await read(path)
    chosen = { value: choice(memory) }
    return `${JSON.stringify(memory)}\n`
  })
  if (!chosen) throw new TypeError(`${path} was changed without a choice`)
  return chosen.value
}

async function read(path: string): Promise<Memory> {
  try {
    return memoryOf(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return {}
  }
}

function memoryOf(parsed: unknown): Memory {
  if (typeof parsed !== 'object' || parsed === null) return {}
  const memory: Memory = {}
  if ('last' in parsed && typeof parsed.last === 'string') memory.last = parsed.last
  if ('credits' in parsed && isCredits(parsed.credits)) memory.credits = parsed.credits
  return memory
}

function isCredits(value: unknown): value is NonNullable<Memory['credits']> {
  return Array.isArray(value) && value.every(isPair)
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && typeof pair[0] === 'string' && Number.isFinite(pair[1])
}
