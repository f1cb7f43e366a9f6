import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StrategyName, Turns } from '../../balance/strategy.ts'
import { type PickOptions, type PickResult, pick } from '../../client/pick.ts'
import { stateFolder } from '../../config/user-folders.ts'
import { changeFile } from '../../config/write-file.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Context } from '../command.ts'

export interface ChoiceOptions extends PickOptions {
  readonly strategy: StrategyName
  /** The file that stores whose turn it is. */
  readonly memory: string
}

/** What the strategies that take turns fall back to when nothing can be stored. */
const FORGETFUL = { 'round-robin': 'random', 'smooth-weighted': 'weighted-random' } as const

/** Chooses one of the instances; of strategies that take turns, the one whose turn it is now. */
export async function choose(
  context: Context,
  entries: readonly InstanceEntry[],
  { memory, ...options }: ChoiceOptions,
): Promise<PickResult> {
  const { strategy } = options
  const by = (other: PickOptions) => pick(entries, { ...options, ...other, signal: context.signal })
  if (strategy !== 'round-robin' && strategy !== 'smooth-weighted') return await by({})
  try {
    return await remembering(memory, (turns) => by({ turns }))
  } catch (error) {
    if (!(error instanceof RollcallError) || (error.code !== 'config' && error.code !== 'conflict')) throw error
    context.logger.warn(`${messageOf(error)}; choosing at random, because whose turn it is cannot be stored`)
    return await by({ strategy: FORGETFUL[strategy] })
  }
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
async function remembering<T>(path: string, choice: (turns: Turns) => Promise<T>): Promise<T> {
  let chosen: { readonly value: T } | undefined
  await changeFile(path, async () => {
    const turns = await read(path)
    chosen = { value: await choice(turns) }
    return `${JSON.stringify(turns)}\n`
  })
  if (!chosen) throw new TypeError(`${path} was changed without a choice`)
  return chosen.value
}

async function read(path: string): Promise<Turns> {
  try {
    return turnsOf(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return {}
  }
}

function turnsOf(parsed: unknown): Turns {
  if (typeof parsed !== 'object' || parsed === null) return {}
  const turns: Turns = {}
  if ('last' in parsed && typeof parsed.last === 'string') turns.last = parsed.last
  if ('credits' in parsed && isCredits(parsed.credits)) turns.credits = parsed.credits
  return turns
}

function isCredits(value: unknown): value is NonNullable<Turns['credits']> {
  return Array.isArray(value) && value.every(isPair)
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && typeof pair[0] === 'string' && Number.isFinite(pair[1])
}
